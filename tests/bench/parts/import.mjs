// One file of contacts until it is searchable and reachable, a fresh program each time.
import { inFolder, madeUp, withProgram } from '../program.mjs'
import { row } from '../figures.mjs'

const SEED = 1

export function measure({ runs, contacts }) {
  return inFolder(async (folder) => {
    const rows = []
    for (const [kind, name] of [['linkedin', 'LinkedIn connections'], ['google', 'Google contacts']]) {
      const file = madeUp(kind, contacts, SEED, folder)
      const took = []
      for (let run = 0; run < runs; run += 1) took.push(await once(file))
      const each = (figure) => took.map(figure)
      const megabytes = (took[0].bytes / 1e6).toFixed(1)
      const how =
        `${name}: ${contacts} people, ${megabytes} MB, uploaded over HTTP into an empty account on a fresh data folder; ` +
        `the import reports success once search and network have applied all. Outcome: ${outcome(took[0].counts)}. ` +
        'Memory is the most that the process ever held (VmHWM).'
      rows.push(
        row(`${name}, ${contacts}: searchable and reachable`, 's', each((one) => one.done_s), how, 10),
        row('… of it until uploaded', 's', each((one) => one.uploaded_s), how),
        row('… of it until read and told', 's', each((one) => one.read_s), how),
        row('… of it until search shows all', 's', each((one) => one.found_s), how),
        row('… peak memory', 'MB', each((one) => one.most_mb), how),
      )
    }
    return rows
  })
}

function once(file) {
  return withProgram(async (program) => {
    await program.signUp()
    const took = await program.import(file)
    return { ...took, ...program.memory() }
  })
}

function outcome(counts) {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name.replace('_', ' ')}`)
    .join(', ')
}
