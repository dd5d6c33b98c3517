// How long a newcomer waits: `make build` in a fresh clone with nothing built; and how large the program is.
import { spawnSync, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../settings.mjs'
import { row } from '../figures.mjs'

export function measure({ cold }) {
  if (!cold) return null
  const folder = mkdtempSync(join(tmpdir(), 'kith-bench-clone-'))
  try {
    execFileSync('git', ['clone', '-q', root, folder])
    const { CARGO_TARGET_DIR: _, ...env } = process.env
    const begun = performance.now()
    const { status } = spawnSync('make', ['build'], { cwd: folder, env, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`make build ended with ${status}`)
    const seconds = (performance.now() - begun) / 1000
    return [row('`make build` in a fresh clone', 's', [seconds], 'Downloads of crates and packages as far as this machine did not keep them.')]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
