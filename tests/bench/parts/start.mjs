// From the start of the process to readiness, on a data folder that is not there yet, and the memory then.
import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { withProgram } from '../program.mjs'
import { row } from '../figures.mjs'

export async function measure({ runs, program }) {
  const ready = []
  const memory = []
  for (let run = 0; run < runs; run += 1) {
    await withProgram(async (kith) => {
      ready.push(kith.ready_ms / 1000)
      // What opens in the background has opened then.
      await pause(1_000)
      memory.push(kith.memory().now_mb)
    })
  }
  const how = 'All services in one process, fresh data folder each time; ready is `GET /readyz` answering 200, asked each 2 ms; memory is resident (VmRSS) a second later.'
  return [
    row('time to ready', 's', ready, how, 1),
    row('memory while empty', 'MB', memory, how, 100),
    row('size of the program', 'MB', [statSync(program).size / 1e6], 'The program holds the web app and is stripped of debug information only.'),
  ]
}
