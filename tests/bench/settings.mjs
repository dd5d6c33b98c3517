// What can be set, from the environment; `README.md` says what each is.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = fileURLToPath(new URL('.', import.meta.url))
export const root = join(here, '../..')

const quick = process.env.KITH_BENCH_QUICK === '1'
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')

export const settings = {
  cold: process.env.KITH_BENCH_COLD === '1',
  target,
  program: process.env.KITH_BIN ?? join(target, 'release/kith'),
  runs: number('RUNS', 5),
  contacts: number('CONTACTS', 25_000),
  people: number('PEOPLE', 100_000),
  queries: number('QUERIES', 2_000),
  mailMb: number('MAIL_MB', 300),
  parseMb: number('PARSE_MB', 1_000),
  // Of `GET /paths`: accounts in a circle, people in each book, ties of a person, questions.
  paths: [number('ACCOUNTS', 20), number('BOOK', 3_300), number('TIES', 28), number('QUESTIONS', 2_000)],
  pathRuns: number('PATH_RUNS', 3),
  // Of the part `backup`.
  backup: {
    people: number('BACKUP_PEOPLE', 100_000),
    ties: number('BACKUP_TIES', 2_000_000),
    runs: number('BACKUP_RUNS', 3),
  },
  // Of the part `messaging`; quick only shows that it works.
  messaging: {
    rounds: number('ROUNDS', quick ? 1 : 3),
    events: number('EVENTS', quick ? 4_000 : 40_000),
    backlog: number('BACKLOG', quick ? 20_000 : 1_000_000),
    idleSeconds: quick ? 3 : 10,
    busySeconds: quick ? 2 : 6,
  },
}

function number(name, otherwise) {
  const text = process.env[`KITH_BENCH_${name}`]
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`KITH_BENCH_${name}: expected a whole number, got ${text}`)
  return value
}
