// PostgreSQL and RabbitMQ for a measurement: in a folder and on ports of their own, empty, gone afterwards.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './settings.mjs'

const FOLDER = process.env.KITH_BENCH_ENGINES_DIR ?? join(root, '.local/bench-engines')
const ENGINES = ['postgres', 'rabbitmq']
// Beside the ones of other engines on this machine.
const PORTS = {
  KITH_POSTGRES_PORT: 26432,
  KITH_RABBITMQ_PORT: 26682,
  KITH_RABBITMQ_MANAGEMENT_PORT: 26683,
  KITH_RABBITMQ_PROMETHEUS_PORT: 26684,
  KITH_RABBITMQ_DIST_PORT: 26685,
  KITH_RABBITMQ_EPMD_PORT: 26686,
}
const ENV = { ...PORTS, ...process.env, KITH_ENGINES_DIR: FOLDER }

/** Does something with both engines: `{ postgres, rabbitmq, pids }`. */
export async function withEngines(task) {
  engines('up')
  try {
    const exported = engines('env')
    const address = (name) => new RegExp(`${name}='([^']+)'`).exec(exported)[1]
    const pid = (name) => Number(readFileSync(join(FOLDER, 'run', `${name}.pid`), 'utf8').split('\n')[0])
    return await task({
      postgres: address('KITH_TEST_POSTGRES'),
      rabbitmq: address('KITH_TEST_RABBITMQ'),
      pids: { postgres: [pid('postgres')], rabbitmq: [pid('rabbitmq')] },
    })
  } finally {
    engines('down')
    rmSync(FOLDER, { recursive: true, force: true })
  }
}

function engines(verb) {
  const options = { env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  return execFileSync(join(root, 'deploy/local/engines'), [verb, ...ENGINES], options)
}
