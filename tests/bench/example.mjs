// Measurements that are written in Rust, beside what they measure.
import { execFileSync } from 'node:child_process'
import { root, settings } from './settings.mjs'

/** What an example printed. */
export function example(crate, name, words) {
  const run = ['run', '--release', '--locked', '-q', '--target-dir', settings.target, '-p', crate, '--example', name, '--', ...words]
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] }
  return execFileSync('cargo', run, options)
}
