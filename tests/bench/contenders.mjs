// Who is measured by the part `messaging`: how each is built, and which processes it is made of.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { here, settings } from './settings.mjs'

const CACHE = join(process.env.KITH_CACHE ?? join(homedir(), '.cache/kith'), 'bench')
/** The program of `messaging/`, which is Kith's side, the load and the ledger. */
export const BENCH = join(settings.target, 'release/kith-bench-messaging')

/**
 * Builds all; answers contenders. `consumers` are started first, so that the queue is there; `share`
 * is how much of the events of a run it gets, so that a slow one ends in time.
 */
export function contenders() {
  bench()
  const watermill = goProgram('watermill')
  const python = pythonWith('faststream')
  const script = join(here, 'peers/faststream/peer.py')
  return [
    { name: 'kith', title: 'Kith’s skeleton', share: 1, consumers: [[BENCH, 'consumer']], publishers: [[BENCH, 'publisher']] },
    {
      name: 'prototype',
      title: 'bare prototype',
      share: 1,
      consumers: [[BENCH, 'bare-consumer']],
      publishers: [[BENCH, 'bare-publisher']],
    },
    {
      name: 'watermill',
      title: 'Watermill',
      share: 1 / 16,
      slow: true,
      consumers: [[watermill, 'consume']],
      publishers: [[watermill, 'serve']],
    },
    {
      name: 'watermill_tuned',
      title: 'Watermill, tuned',
      share: 1 / 4,
      env: { BENCH_TUNED: '1' },
      consumers: [[watermill, 'consume']],
      publishers: [[watermill, 'serve']],
    },
    {
      name: 'faststream',
      title: 'FastStream',
      share: 1 / 4,
      consumers: [[python, script, 'consume']],
      publishers: [[python, script, 'relay'], [python, script, 'serve']],
    },
  ]
}

function bench() {
  const manifest = join(here, 'messaging/Cargo.toml')
  run('cargo', ['build', '--release', '--locked', '-q', '--manifest-path', manifest, '--target-dir', settings.target])
}

function goProgram(name) {
  const program = join(CACHE, name)
  run('go', ['build', '-o', program, '.'], join(here, 'peers', name))
  return program
}

/** A Python with the packages that the peer's lock file names, made once for each state of that file. */
function pythonWith(name) {
  const wanted = join(here, 'peers', name, 'requirements.txt')
  const digest = createHash('sha256').update(readFileSync(wanted)).digest('hex').slice(0, 12)
  const folder = join(CACHE, `${name}-${digest}`)
  const python = join(folder, 'bin/python')
  const whole = join(folder, 'whole')
  if (!existsSync(whole)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(CACHE, { recursive: true })
    run('python3', ['-m', 'venv', folder])
    run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--require-hashes', '-r', wanted])
    writeFileSync(whole, '')
  }
  return python
}

function run(program, words, cwd = here) {
  try {
    execFileSync(program, words, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${program} is needed for the measurement of messaging; peers/README.md says which version`)
    throw error
  }
}
