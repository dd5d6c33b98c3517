// Who is measured by the part `messaging`: how each is built, and which processes it is made of.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { here, settings } from './settings.mjs'

const CACHE = join(process.env.KITH_CACHE ?? join(homedir(), '.cache/kith'), 'bench')
/** The program of `messaging/`, which is Kith's side, the load and the ledger. */
export const BENCH = join(settings.target, 'release/kith-bench-messaging')

/**
 * All contenders, Kith first; those that have a `build` need it called before. `consumers` are started first, so that
 * the queue is there; `share` is how much of the events of a run it gets, so that a slow one ends in time.
 */
export function contenders() {
  bench()
  const watermill = join(CACHE, 'watermill')
  const python = pythonOf('faststream')
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
      build: () => goProgram('watermill', watermill),
      consumers: [[watermill, 'consume']],
      publishers: [[watermill, 'serve']],
    },
    {
      name: 'watermill_tuned',
      title: 'Watermill, tuned',
      share: 1 / 4,
      env: { BENCH_TUNED: '1' },
      build: () => goProgram('watermill', watermill),
      consumers: [[watermill, 'consume']],
      publishers: [[watermill, 'serve']],
    },
    {
      name: 'faststream',
      title: 'FastStream',
      share: 1 / 4,
      build: () => pythonWith('faststream', python),
      consumers: [[python, script, 'consume']],
      publishers: [[python, script, 'relay'], [python, script, 'serve']],
    },
  ]
}

function bench() {
  const manifest = join(here, 'messaging/Cargo.toml')
  run('cargo', ['build', '--release', '--locked', '-q', '--manifest-path', manifest, '--target-dir', settings.target])
}

function goProgram(name, program) {
  run('go', ['build', '-o', program, '.'], join(here, 'peers', name))
}

const wantedBy = (name) => join(here, 'peers', name, 'requirements.txt')

/** The folder of a Python is named after the state of the peer's lock file. */
function pythonOf(name) {
  const digest = createHash('sha256').update(readFileSync(wantedBy(name))).digest('hex').slice(0, 12)
  return join(CACHE, `${name}-${digest}`, 'bin/python')
}

/** Makes a Python with the packages that the peer's lock file names, once for each state of that file. */
function pythonWith(name, python) {
  const folder = dirname(dirname(python))
  const whole = join(folder, 'whole')
  if (existsSync(whole)) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  run('python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--require-hashes', '-r', wantedBy(name)])
  writeFileSync(whole, '')
}

function run(program, words, cwd = here) {
  try {
    execFileSync(program, words, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${program} is needed for the measurement of messaging; peers/README.md says which version`)
    throw error
  }
}
