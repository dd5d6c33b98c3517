// Command by HTTP, commit with outbox, RabbitMQ, inbox and effect in PostgreSQL: Kith beside peers and
// beside what broker and store do alone, one after another in each round, on engines of their own.
import { setTimeout as pause } from 'node:timers/promises'
import { contenders } from '../contenders.mjs'
import { Course } from '../course.mjs'
import { withEngines } from '../engines.mjs'
import { Field } from '../field.mjs'
import { percentile, row } from '../figures.mjs'

const CONNECTIONS = 32
const IDLE_RATE = 20
const BUSY_RATE = 1_000
/** Of the load under which everything is killed. */
const KILLED = { rate: 300, connections: 16, seconds: 10, times: 3 }
const IN_FLIGHT = 1_000
const TENTHS = 10
const SETTLED_MS = 10_000
const NOBODY = { name: 'nobody', consumers: [], publishers: [] }

export async function measure({ messaging: sizes }) {
  const field = new Field(contenders(), ({ name }) => name === 'kith')
  for (const contender of field.left) {
    if (contender.build) await field.attempt(contender, 'being built', () => contender.build())
  }
  return withEngines(async (engines) => {
    const broker = []
    const store = []
    const rounds = Object.fromEntries(field.contenders.map(({ name }) => [name, []]))
    for (let round = 0; round < sizes.rounds; round += 1) {
      broker.push(await alone(engines, (course) => course.tool('broker', sizes.events, IN_FLIGHT)))
      store.push(await alone(engines, (course) => course.tool('store', sizes.events, 16)))
      for (const contender of field.left) {
        const figures = await field.attempt(contender, `round ${round + 1}`, () => once(engines, contender, sizes))
        if (figures === null) continue
        console.error(`  round ${round + 1}, ${contender.title}: ${figures.full.per_second.toFixed(0)} events/s`)
        rounds[contender.name].push(figures)
      }
    }
    const kills = {}
    for (const contender of field.left.filter(({ slow }) => !slow)) {
      const figures = await field.attempt(contender, 'being killed', () => killed(engines, contender))
      if (figures === null) continue
      kills[contender.name] = figures
      console.error(`  killed, ${contender.title}: ${JSON.stringify(figures)}`)
    }
    const backlog = await drained(engines, field.contenders[0], sizes)
    const durable = await Course.on(engines, NOBODY, (course) => course.tool('prepare').postgres)
    return report({ field, rounds, broker, store, kills, backlog, durable, sizes })
  })
}

/** A ceiling: one program that does all by itself. */
function alone(engines, task) {
  return Course.on(engines, NOBODY, async (course) => {
    const { events, seconds } = await task(course)
    return events / seconds
  })
}

function once(engines, contender, sizes) {
  return Course.on(engines, contender, async (course) => {
    await course.start()
    await course.warmUp()
    const full = await course.load({ connections: CONNECTIONS, rate: 0, events: Math.round(sizes.events * contender.share) })
    const idle = await course.load({ connections: 4, rate: IDLE_RATE, events: IDLE_RATE * sizes.idleSeconds })
    const busy = contender.slow
      ? null
      : await course.load({ connections: CONNECTIONS, rate: BUSY_RATE, events: BUSY_RATE * sizes.busySeconds })
    return { full, idle, busy, memory_mb: course.memoryMb(), ...balanced(contender, course.tool('ledger')) }
  })
}

/** Without a kill nobody may lose or double anything: then the measurement itself would be wrong. */
function balanced({ title }, ledger) {
  if (ledger.lost + ledger.doubled > 0) throw new Error(`${title}: the ledger does not balance: ${JSON.stringify(ledger)}`)
  return ledger
}

/** All processes of a contender killed in the middle of the load and started again, several times. */
function killed(engines, contender) {
  const { rate, connections, seconds, times } = KILLED
  return Course.on(engines, contender, async (course) => {
    await course.start()
    await course.warmUp()
    const load = course.toolBeside('load', connections, rate, rate * seconds)
    for (let time = 0; time < times; time += 1) {
      await pause((seconds * 1000) / (times + 1))
      await course.stop('SIGKILL')
      await course.start()
    }
    const { accepted, failed } = await load
    return { ...(await settled(course)), accepted, failed }
  })
}

/** The ledger once it balances, or once nothing has changed for long. */
async function settled(course) {
  let ledger = course.tool('ledger')
  let since = performance.now()
  while (ledger.lost > 0 && performance.now() - since < SETTLED_MS) {
    await pause(500)
    const now = course.tool('ledger')
    if (now.effects !== ledger.effects) since = performance.now()
    ledger = now
  }
  return ledger
}

/** Events a second out of a short outbox, and for each tenth of a long one. */
async function drained(engines, contender, { backlog }) {
  const drain = (rows) =>
    Course.on(engines, contender, async (course) => {
      await course.start()
      await course.stop('SIGTERM')
      course.tool('fill', rows)
      await course.start()
      await course.until(`${rows} effects`, () => course.arrived() >= rows)
      const times = course.moments(0).map(([, to]) => to).sort((a, b) => a - b)
      const size = rows / TENTHS
      // The first ones came before anything was warm; from the first to the last of each tenth.
      return Array.from({ length: TENTHS }, (_, tenth) => {
        const part = times.slice(tenth * size, (tenth + 1) * size)
        return ((part.length - 1) / (part.at(-1) - part[0])) * 1e6
      })
    })
  const short = await drain(backlog / TENTHS)
  const long = await drain(backlog)
  return { short: percentile(short, 0.5), tenths: long }
}

/** Events a second over all tenths, which are alike in events. */
function whole(tenths) {
  return tenths.length / tenths.reduce((seconds, tenth) => seconds + 1 / tenth, 0)
}

/** Whoever is out has no figures here, since rounds that are missing make its median another's. */
export function report({ field, rounds, broker, store, kills, backlog, durable, sizes }) {
  const all = field.left
  const of = (name, figure) => rounds[name].map(figure)
  const perSecond = (name) => of(name, ({ full }) => full.per_second)
  const median = (values) => percentile(values, 0.5)
  const peers = all.filter(({ name }) => !['kith', 'prototype'].includes(name))
  const prototype = all.some(({ name }) => name === 'prototype')
  const best = peers.reduce(
    (one, other) => (one !== null && median(perSecond(other.name)) <= median(perSecond(one.name)) ? one : other),
    null,
  )
  // Round by round, since what the machine does besides is alike within a round.
  const shares = (values) => perSecond('kith').map((value, round) => value / values[round])
  const how =
    `Kith: ${sizes.events} commands a run by ${CONNECTIONS} connections, from the first command sent to the last effect durable; ` +
    `idle is ${IDLE_RATE} commands a second, lag runs from the command sent until its effect is durable.`
  const rows = [
    row('Kith, whole pipeline', 'events/s', perSecond('kith'), how),
    ...(best ? [row(`… times the best peer (${best.title})`, '×', shares(perSecond(best.name)), how, { above: 4 })] : []),
    ...(prototype ? [row('… share of the bare prototype', '%', shares(perSecond('prototype')).map(percent), how, { above: 90 })] : []),
    row('… share of the broker alone', '%', shares(broker).map(percent), how),
    row('… share of the store alone', '%', shares(store).map(percent), how),
    row('Kith, idle lag, p50', 'ms', of('kith', ({ idle }) => idle.p50_ms), how, 4),
    row('Kith, idle lag, p99', 'ms', of('kith', ({ idle }) => idle.p99_ms), how, 12),
    row('Kith, the whole backlog against a short one', '%', [percent(whole(backlog.tenths) / backlog.short)], how, { above: 90 }),
    row('… its slowest tenth', '%', [percent(Math.min(...backlog.tenths) / backlog.short)], how),
  ]
  const tables = [compared(all, rounds, broker, store), losses(all, kills), draining(backlog, sizes)]
  return { rows, tables, notes: [...field.notes(), ...notes(durable, sizes)], incomplete: field.out.length > 0 }
}

const percent = (share) => share * 100

function compared(all, rounds, broker, store) {
  const columns = [
    ['events/s', ({ full }) => full.per_second],
    ['lag at most, p50 / p99 ms', ({ full }) => [full.p50_ms, full.p99_ms]],
    [`at ${BUSY_RATE}/s, p50 / p99 ms`, ({ busy }) => busy && [busy.p50_ms, busy.p99_ms]],
    [`at ${IDLE_RATE}/s, p50 / p99 ms`, ({ idle }) => [idle.p50_ms, idle.p99_ms]],
    ['CPU ms per 1,000 events: own', ({ full }) => full.cpu_us.own],
    ['PostgreSQL', ({ full }) => full.cpu_us.postgres],
    ['RabbitMQ', ({ full }) => full.cpu_us.rabbitmq],
    ['own memory, most, MB', ({ memory_mb }) => memory_mb],
  ]
  const ceiling = (title, values) => [title, spread(values), ...columns.slice(1).map(() => '')]
  return {
    title: 'Side by side (median; events/s also least and most)',
    head: ['', ...columns.map(([name]) => name)],
    lines: [
      ...all.map(({ name, title }) => [
        title,
        ...columns.map(([, figure], index) => {
          const values = rounds[name].map(figure)
          return index === 0 ? spread(values) : middle(values)
        }),
      ]),
      ceiling('broker alone', broker),
      ceiling('store alone', store),
    ],
  }
}

function spread(values) {
  const [least, middling, most] = [0, 0.5, 1].map((share) => percentile(values, share).toFixed(0))
  return `${middling} (${least}–${most})`
}

/** The median of numbers, or of each of several numbers. */
function middle(values) {
  if (values.some((value) => value === null)) return '–'
  const lists = values.map((value) => [value].flat())
  return lists[0].map((_, index) => short(percentile(lists.map((list) => list[index]), 0.5))).join(' / ')
}

const short = (number) => number.toFixed(number < 10 ? 1 : 0)

function losses(all, kills) {
  return {
    title: `All of its processes killed (SIGKILL) ${KILLED.times} times under ${KILLED.rate} commands a second, and started again`,
    head: ['', 'answered', 'committed', 'lost', 'doubled'],
    lines: all
      .filter(({ name }) => kills[name])
      .map(({ name, title }) => [title, ...['accepted', 'committed', 'lost', 'doubled'].map((field) => kills[name][field])]),
  }
}

function draining({ short: rate, tenths }, { backlog }) {
  return {
    title: `Kith, a backlog of ${backlog} outbox rows, events a second through broker, inbox and effect`,
    head: [`${backlog / TENTHS} rows, median tenth`, ...tenths.map((_, index) => `tenth ${index + 1} of ${backlog}`)],
    lines: [[rate, ...tenths].map((value) => value.toFixed(0))],
  }
}

function notes(durable, sizes) {
  return [
    `Everybody: ${durable.join(', ')}; RabbitMQ with one quorum queue, persistent messages, confirms; events of 600 bytes; pools of 16 ` +
      'connections to each of two databases; inbox and effect in one transaction, by the event’s id; publisher and consumer are processes of their ' +
      'own (FastStream: HTTP and relay too), on the same machine as the engines and the load. Events a run: ' +
      `${sizes.events}, Watermill a sixteenth of it, tuned and FastStream a quarter.`,
    'Kith: the service `template` as it is, with the standard middleware and a signed token checked for each command, and a consumer on the ' +
      'skeleton; the relay’s and the consumer’s own settings (500 a batch, prefetch 300), logs off. The peers check no token.',
    'Bare prototype: axum without middleware, thing and event by one statement, a relay that keeps 500 rows locked while the broker confirms ' +
      'them, a consumer that writes up to 300 by one transaction; no retries, no parking, no reconnecting.',
    'Watermill: as its libraries have it, but for confirms and the queue’s type; tuned: 8 outbox tables with a forwarder each that polls every ' +
      '5 ms, 8 consumers, prefetch 300, 8 kept channels. FastStream: relay of 500 rows in a transaction, poll of 5 ms, prefetch 300.',
    'Broker alone: lapin, 1,000 in flight, a consumer that only acknowledges. Store alone: sqlx, 16 connections, thing and event by one statement, ' +
      'rows taken out and inbox and effect written by 500; no broker.',
  ]
}
