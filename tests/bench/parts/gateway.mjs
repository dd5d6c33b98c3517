// What a request costs on its way through the gateway, layer by layer.
import { example } from '../example.mjs'
import { percentile, row } from '../figures.mjs'

const SECONDS = 2
const CONNECTIONS = 8
const WAYS = {
  bare: 'a bare route',
  stack: 'behind the middleware of every service',
  front: 'behind the whole gateway (who asks, limits, token)',
  service: '… and the service checks the token, same process',
  http: '… and the service is another process, over HTTP',
}

export function measure({ runs }) {
  const lines = example('kith-gateway', 'measure_gateway', [SECONDS, runs, CONNECTIONS].map(String)).trim().split('\n')
  return report(lines.map((line) => JSON.parse(line)))
}

/** From one line a run and way. */
export function report(measured) {
  const of = (way, figure) => measured.filter((line) => line.way === way).map(figure)
  const cost = (line) => line.processor_us / line.requests
  const bare = percentile(of('bare', cost), 0.5)
  const how =
    `${CONNECTIONS} kept connections that ask as fast as they are answered, ${SECONDS} s a run, the ways in turn; all on the same ` +
    'accept loop, logging as by default, processor time of the process that answers alone, user and system. Who asks, and in the last way ' +
    'the service, are processes of their own, on the same processors.'
  const share =
    'The share of a bare route’s requests a processor second: the bare route’s median time over each run’s. A token is given ' +
    'again for 30 s, and whose session it is is remembered for 5 s.'
  return [
    ...Object.entries(WAYS).map(([way, what]) => row(what, 'µs of processor', of(way, cost), how)),
    row('the whole gateway, of a bare route', '%', of('front', (line) => (100 * bare) / cost(line)), share, { above: 40 }),
    row('… with the token checked', '%', of('service', (line) => (100 * bare) / cost(line)), share),
  ]
}
