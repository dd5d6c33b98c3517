// Runs the parts that were named (all without a name), keeps their figures in results.json beside
// this file, and writes docs/benchmarks.md from all that are kept. A part that was not run keeps its
// last figures, with their date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here, root, settings } from './settings.mjs'
import { circumstances } from './machine.mjs'
import { document } from './document.mjs'
import { reason } from './field.mjs'
import * as build from './parts/build.mjs'
import * as start from './parts/start.mjs'
import * as imports from './parts/import.mjs'
import * as engine from './parts/engine.mjs'
import * as paths from './parts/paths.mjs'
import * as gateway from './parts/gateway.mjs'
import * as search from './parts/search.mjs'
import * as parse from './parts/parse.mjs'
import * as mail from './parts/mail.mjs'
import * as backup from './parts/backup.mjs'
import * as messaging from './parts/messaging.mjs'

// In the order of the table.
const PARTS = { build, start, import: imports, engine, paths, gateway, search, parse, mail, backup, messaging }
const KEPT = join(here, 'results.json')

const asked = process.argv.slice(2)
if (asked.includes('--help')) {
  console.log(readFileSync(join(here, 'README.md'), 'utf8'))
  process.exit(0)
}
const unknown = asked.filter((name) => !PARTS[name] && name !== 'table')
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: expected some of ${Object.keys(PARTS).join(', ')}, table`)
  process.exit(2)
}

const kept = read()
let failed = false
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.error(`${name} …`)
  const before = circumstances()
  try {
    const measured = await part.measure(settings)
    if (measured === null) continue
    // Most parts answer rows alone; some tables and notes too.
    const figures = Array.isArray(measured) ? { rows: measured } : measured
    const { incomplete = false, ...shown } = figures
    failed ||= incomplete
    kept[name] = { ...before, load_after: circumstances().load, ...shown }
  } catch (error) {
    failed = true
    console.error(`${name}: ${error.stack}`)
    // The figures of before stay, and the document says that they are not of this run.
    kept[name] = { ...kept[name], failed: { date: before.date, commit: before.commit, why: reason(error) } }
  }
  writeFileSync(KEPT, `${JSON.stringify(kept, null, 2)}\n`)
}
writeFileSync(join(root, 'docs/benchmarks.md'), document(kept, Object.keys(PARTS)))
process.exit(failed ? 1 : 0)

function read() {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}
