// A backup of a large book while people use it, and the way back.
import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { percentile, row } from '../figures.mjs'
import { inFolder, Program, withProgram } from '../program.mjs'
import { settings } from '../settings.mjs'

const OWNER = 'owner@example.org'
/** Requests a second, one after the other on their own clock, whether or not the one before was answered. */
const RATE = 25
/** Without a backup they are watched for as long as this, before and after each backup. */
const WATCHED_S = 15
/** Of a message whose members are evidence of each other: the owner and four others, six pairs. */
const OTHERS = 4
const PAIRS = (OTHERS * (OTHERS - 1)) / 2

export function measure({ backup: { people, ties, runs } }) {
  return inFolder(async (folder) => {
    const contacts = await written(join(folder, 'people.vcf'), cards(people))
    const mail = await written(join(folder, 'mail.mbox'), messages(people, Math.ceil(ties / PAIRS)))
    return withProgram(async (program) => {
      await program.signUp()
      await program.import(contacts)
      await program.import(mail)
      const found = await ids(program)
      console.error('backup: the book is there, measuring')
      const figures = []
      for (let run = 0; run < runs; run += 1) {
        figures.push(await measured(program, found, join(folder, `run-${run}`)))
        rmSync(join(folder, `run-${run}`), { recursive: true, force: true })
      }
      return rows(figures, people, ties)
    })
  })
}

async function measured(program, found, folder) {
  const place = join(folder, 'backups')
  const quiet = await watched(program, found, pause(WATCHED_S * 1000))
  const held = program.memory()
  const making = command(program, ['backup', place, '--json'])
  const busy = await watched(program, found, making.ended)
  const made = await making.ended
  const after = await watched(program, found, pause(WATCHED_S * 1000))
  const without = percentile([...quiet, ...after], 0.99)
  const during = percentile(busy, 0.99)

  const there = join(folder, 'there')
  const begun = performance.now()
  const restored = await command(program, ['restore', place, '--json'], { KITH_DATA: there }).ended
  const restore_s = (performance.now() - begun) / 1000
  const again = await Program.start({ data: there })
  try {
    const ready_s = (performance.now() - begun) / 1000
    // Before anybody asks: a session remembers when it was last used.
    const second = await command(again, ['backup', join(folder, 'again'), '--json']).ended
    const others = differences(made.answer.services, second.answer.services)
    if (others.length > 0) throw new Error(`what was restored is not what was carried away: ${others.join('; ')}`)
    again.token = program.token
    const { total } = await again.json('GET', '/api/v1/people?limit=1')
    if (total < found.length) throw new Error(`only ${total} people are found again`)
    return {
      rows: made.answer.rows,
      backup_s: made.took_s,
      backup_mb: made.most_mb,
      server_mb: program.memory().most_mb - held.now_mb,
      size_mb: made.answer.bytes / 1e6,
      without,
      during,
      restore_s,
      restore_mb: restored.most_mb,
      ready_s,
    }
  } finally {
    await again.stop()
  }
}

/** Tables whose rows come and go by themselves say nothing of what was carried. */
const PASSING = ['outbox', 'inbox']

function differences(before, after) {
  return Object.entries(before).flatMap(([service, { tables }]) =>
    Object.entries(tables)
      .filter(([table]) => !PASSING.includes(table))
      .filter(([table, held]) => held.digest !== after[service]?.tables[table]?.digest)
      .map(([table, held]) => `${service} ${table}: ${held.rows} rows, then ${after[service]?.tables[table]?.rows}`),
  )
}

/** A command of `kith`: how long it took, the most memory that it held, and its answer. */
function command(program, words, env = {}) {
  const begun = performance.now()
  const child = spawn(settings.program, words, {
    env: { PATH: process.env.PATH, KITH_DATA: program.data, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  let most_mb = 0
  child.stdout.on('data', (piece) => (text += piece))
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      most_mb = Math.max(most_mb, (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6)
    } catch {
      // It has ended.
    }
  }, 20)
  const ended = once(child, 'close').then(([code]) => {
    clearInterval(look)
    if (code !== 0) throw new Error(`kith ${words.join(' ')}: ended with ${code}`)
    return { took_s: (performance.now() - begun) / 1000, most_mb, answer: JSON.parse(text) }
  })
  return { ended }
}

/** How long requests take, in milliseconds from when each was due, until `ended`. */
async function watched(program, found, ended) {
  let goes = true
  const over = Promise.resolve(ended).finally(() => (goes = false))
  const took = []
  const asked = []
  const begun = performance.now()
  for (let at = 0; goes; at += 1) {
    const due = begun + (at * 1000) / RATE
    const wait = due - performance.now()
    if (wait > 0) await pause(wait)
    asked.push(program.json('GET', question(found, at)).then(() => took.push(performance.now() - due)))
  }
  await Promise.all([over, ...asked])
  return took
}

/** What people ask: a search as they type, a page, the ties of somebody, a way to somebody. */
function question(found, at) {
  const id = found[(at * 7919) % found.length]
  return [
    `/api/v1/people?q=${name(at * 31).split(' ')[1].slice(0, 4)}`,
    `/api/v1/people/${id}`,
    `/api/v1/people/${id}/ties?limit=50`,
    `/api/v1/paths?to=${id}`,
  ][at % 4]
}

async function ids(program) {
  const found = []
  for (let cursor = ''; found.length < 2_000; ) {
    const page = await program.json('GET', `/api/v1/people?limit=200${cursor}`)
    found.push(...page.items.map(({ id }) => id))
    if (!page.next) break
    cursor = `&cursor=${page.next}`
  }
  return found
}

function rows(figures, people, ties) {
  const each = (figure) => figures.map(figure)
  const how =
    `A book of ${people} contacts (vCard) and a mailbox of ${Math.ceil(ties / PAIRS)} messages among them, ${PAIRS} pairs each (about ` +
    `${(ties / 1e6).toFixed(1)} million ties), of one account in one process; ${figures[0].rows} rows carried away by \`kith backup\` into a folder. ` +
    `Requests: ${RATE} a second (search, person, ties, path), timed from when they were due; without a backup for ${WATCHED_S} s before and after. ` +
    'Memory is the most that the command held (VmHWM).'
  return [
    row('backup', 's', each((one) => one.backup_s), how),
    row('… its size', 'MB', each((one) => one.size_mb), how),
    row('… peak memory of the command', 'MB', each((one) => one.backup_mb), how, 200),
    row('… more memory of the server meanwhile', 'MB', each((one) => one.server_mb), how, 200),
    row('… p99 of requests without it', 'ms', each((one) => one.without), how),
    row('… p99 of requests during it', 'ms', each((one) => one.during), how),
    row('… ratio of the two', '×', each((one) => one.during / one.without), how, 1.5),
    row('restore into a data folder', 's', each((one) => one.restore_s), how),
    row('… peak memory', 'MB', each((one) => one.restore_mb), how, 200),
    row('… until the server answers on it', 's', each((one) => one.ready_s), how),
  ]
}

// --- made-up files -----------------------------------------------------------

async function written(file, pieces) {
  const out = createWriteStream(file)
  for (const piece of pieces) if (!out.write(piece)) await once(out, 'drain')
  out.end()
  await once(out, 'finish')
  return file
}

const SYLLABLES = ['ba', 'de', 'fi', 'go', 'hu', 'ka', 'le', 'mi', 'no', 'pu', 'ra', 'se', 'ti', 'vo', 'zu', 'la']
const word = (number) => [0, 4, 8, 12].map((bits) => SYLLABLES[(number >> bits) & 15]).join('')
const capital = (text) => text[0].toUpperCase() + text.slice(1)
const name = (at) => `${capital(word((at * 40503) & 0xffff))} ${capital(word((at * 2654435) & 0xffff))}`
const address = (at) => `p${at}@mail.example`

function* cards(people) {
  for (let at = 0; at < people; at += 1) {
    const [given, family] = name(at).split(' ')
    yield `BEGIN:VCARD\r\nVERSION:3.0\r\nN:${family};${given};;;\r\nFN:${given} ${family}\r\nEMAIL:${address(at)}\r\n` +
      `ORG:${capital(word(at % 9973))} Ltd\r\nTITLE:Engineer\r\nTEL:+4930${String(1_000_000 + at)}\r\nEND:VCARD\r\n`
  }
}

function* messages(people, count) {
  let state = 1
  const random = (below) => {
    // The generator of Park and Miller, so that every run has the same mail.
    state = (state * 48271) % 2147483647
    return state % below
  }
  for (let at = 0; at < count; at += 1) {
    const others = new Set()
    while (others.size < OTHERS) others.add(random(people))
    const [from, ...to] = [...others].map((one) => `${name(one)} <${address(one)}>`)
    const when = new Date(Date.UTC(2024, 0, 1) + ((at * 131) % 63_000_000) * 1000).toUTCString().replace('GMT', '+0000')
    yield `From - ${when}\nMessage-ID: <${at}@mail.example>\nDate: ${when}\nFrom: ${from}\nTo: ${[OWNER, ...to].join(', ')}\nSubject: ${at}\n\n-\n\n`
  }
}
