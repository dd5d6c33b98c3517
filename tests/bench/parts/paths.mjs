// The best paths through the service.
import { example } from '../example.mjs'
import { row } from '../figures.mjs'

export function measure({ paths: sizes, pathRuns: runs }) {
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
    'over a socket on a kept connection through the service’s whole HTTP stack (token, graph, check of each tie against the store).'
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
