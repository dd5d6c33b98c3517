// The best paths in the engine alone.
import { example } from '../example.mjs'
import { row } from '../figures.mjs'

/** A library takes seconds for what takes the engine less than a thousandth of one. */
const PEER_PAIRS = 20

export function measure({ pathRuns: runs }) {
  const answer = JSON.parse(example('kith-paths', 'measure_paths', ['--json', '--runs', String(runs), '--peer-pairs', String(PEER_PAIRS)]))
  const how =
    `Engine: ${answer.people} people, ${answer.ties} ties (preferential attachment, median degree ${answer.median_degree}), ` +
    'random pairs, 2,000 a run, one thread; at most six steps.'
  const least = `${how} “Least” takes for each pair the least of all runs: what the engine takes when nobody else has the core.`
  const beside =
    `Peer: Yen’s algorithm of the crate pathfinding on ${PEER_PAIRS} of the same pairs and costs, in the same process, without a step ` +
    'limit, which it does not know. The ratio is that of both sums.'
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
    row('five best paths, pathfinding, p50', 'ms', [answer.five_best_peer.p50_us / 1000], beside),
    row('… times as long as the engine', '×', [answer.five_best_times_peer], beside),
    row('best path, pathfinding, p50', 'ms', [answer.best_one_peer.p50_us / 1000], beside),
    row('… times as long as the engine', '×', [answer.best_one_times_peer], beside),
    row('plain distance, engine, p50', 'ms', each('distance', 'p50_us'), how),
    row('plain distance, engine, p99', 'ms', each('distance', 'p99_us'), how),
    row('building the graph', 'ms', [answer.build_ms], how),
    row('memory a directed tie', 'bytes', [answer.bytes_a_directed_tie], how),
  ]
}
