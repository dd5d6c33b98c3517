// The best paths: in the engine alone, and through the service.
import { example } from '../example.mjs'
import { row } from '../figures.mjs'

export function measure({ paths, pathRuns }) {
  return [...engine(pathRuns), ...service(paths, pathRuns)]
}

function engine(runs) {
  const answer = JSON.parse(example('kith-paths', 'measure_paths', ['--json', '--runs', String(runs)]))
  const how =
    `Engine: ${answer.people} people, ${answer.ties} ties (preferential attachment, median degree ${answer.median_degree}), ` +
    'random pairs, 2,000 a run, one thread; at most six steps.'
  const least = `${how} “Least” takes for each pair the least of all runs: what the engine takes when nobody else has the core.`
  const each = (task, figure) => {
    const values = []
    for (let run = 1; run <= runs; run += 1) values.push(answer[`${task}_run${run}`][figure] / 1000)
    return values
  }
  return [
    row('five best paths, engine, p50', 'ms', each('five_best', 'p50_us'), how, 0.3),
    row('five best paths, engine, p99', 'ms', each('five_best', 'p99_us'), how, 1),
    row('five best paths, engine, p50, least', 'ms', [answer.five_best_least.p50_us / 1000], least),
    row('five best paths, engine, p99, least', 'ms', [answer.five_best_least.p99_us / 1000], least),
    row('best path, engine, p50', 'ms', each('best_one', 'p50_us'), how),
    row('best path, engine, p99', 'ms', each('best_one', 'p99_us'), how),
    row('plain distance, engine, p50', 'ms', each('distance', 'p50_us'), how),
    row('plain distance, engine, p99', 'ms', each('distance', 'p99_us'), how),
    row('building the graph', 'ms', [answer.build_ms], how),
    row('memory a directed tie', 'bytes', [answer.bytes_a_directed_tie], how),
  ]
}

function service(sizes, runs) {
  const [accounts, book, ties, questions] = sizes
  const p50 = []
  const p99 = []
  const filled = []
  const first = []
  // Filling takes far longer than asking, which is why there are fewer runs than elsewhere.
  for (let run = 0; run < Math.min(runs, 3); run += 1) {
    const text = example('kith-network', 'measure_service', sizes.map(String))
    const find = (pattern) => Number((pattern.exec(text) ?? fail(text))[1])
    p50.push(find(/p50 ([\d.]+) ms/))
    p99.push(find(/p99 ([\d.]+) ms/))
    filled.push(find(/events taken in ([\d.]+) s/))
    first.push(find(/graph made\) after ([\d.]+) s/))
  }
  const how =
    `Service: a circle of ${accounts} accounts with ${book} people each and ${ties} ties a person (about ` +
    `${Math.round((accounts * book) / 1000)},000 people, ${((accounts * book * (ties + 1)) / 1e6).toFixed(1)} million ties); ${questions} questions a run, one after another, ` +
    'through the service’s whole HTTP stack (token, graph, check of each tie against the store), without a socket.'
  return [
    row('five best paths, `GET /paths`, p50', 'ms', p50, how),
    row('five best paths, `GET /paths`, p99', 'ms', p99, how, 5),
    row('filling the store by events', 's', filled, how),
    row('first answer, graph loaded', 's', first, how),
  ]
}

function fail(text) {
  throw new Error(`not understood: ${text}`)
}
