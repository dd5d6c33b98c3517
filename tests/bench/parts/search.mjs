// As-you-type search among many people, over HTTP through the program.
import { readFileSync } from 'node:fs'
import { inFolder, madeUp, withProgram } from '../program.mjs'
import { percentile, row } from '../figures.mjs'

const SEED = 2

export function measure({ runs, people, queries }) {
  return inFolder((folder) =>
    withProgram(async (program) => {
      const file = madeUp('linkedin', people, SEED, folder)
      await program.signUp()
      const took = await program.import(file)
      const { total } = await ask(program, '')
      if (total < people * 0.95) throw new Error(`${total} of ${people} people are found`)
      const asked = typed(names(file), queries)
      // Once to warm up.
      await time(program, asked.slice(0, 200))
      const all = []
      for (let run = 0; run < runs; run += 1) all.push(await time(program, asked))
      const how =
        `${total} people in one account; ${queries} queries a run, one after another on a kept connection, as one types: ` +
        'beginnings of first names, of whole names, a name with one letter wrong, an organisation, and now and then none. Each answer is a page of 50 with the total.'
      const each = (share) => all.map((times) => percentile(times, share))
      return [
        row('`GET /people?q=`, p50', 'ms', each(0.5), how),
        row('`GET /people?q=`, p99', 'ms', each(0.99), how, 20),
        row('`GET /people?q=`, slowest', 'ms', each(1), how),
        row('importing these people', 's', [took.done_s], how),
        row('memory afterwards', 'MB', [program.memory().now_mb], how),
      ]
    }),
  )
}

function ask(program, query) {
  return program.json('GET', `/api/v1/people?q=${encodeURIComponent(query)}`)
}

async function time(program, queries) {
  const times = []
  for (const query of queries) {
    const begun = performance.now()
    await ask(program, query)
    times.push(performance.now() - begun)
  }
  return times
}

/** First name, last name and organisation of each row; rows with quotes are passed over. */
function names(file) {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/)
  const header = lines.findIndex((line) => line.startsWith('First Name,'))
  const rows = lines.slice(header + 1).filter((line) => line !== '' && !line.includes('"'))
  return rows.map((line) => line.split(',')).map(([first, last, , , organisation]) => ({ first, last, organisation }))
}

/** The same queries each time: every hundred-odd row gives one, in turn of another sort. */
function typed(rows, count) {
  const sorts = [
    ({ first }) => first.slice(0, 1),
    ({ first }) => first.slice(0, 3),
    ({ first }) => first,
    ({ first, last }) => `${first} ${last.slice(0, 2)}`,
    ({ first, last }) => `${first} ${last}`,
    ({ last }) => last.slice(0, 4),
    ({ first, last }) => `${first.slice(0, 2)}x${first.slice(3)} ${last}`,
    ({ organisation }) => organisation.slice(0, 5),
  ]
  const step = 7_919 // a prime, so that all parts of the file are asked for
  return Array.from({ length: count }, (_, n) => (n % 50 === 49 ? '' : sorts[n % sorts.length](rows[(n * step) % rows.length])))
}
