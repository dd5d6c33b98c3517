// What must hold of the measurements' own code: a part or a peer that fails costs nobody else's figures, and is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document } from './document.mjs'
import { Field } from './field.mjs'
import * as gateway from './parts/gateway.mjs'
import { report } from './parts/messaging.mjs'

const part = { date: '2026-01-01 00:00', commit: 'abc', cpu: 'made up', cores: 2, memory_gib: 1, kernel: '1', load: '0', load_after: '0' }
const fast = { full: { per_second: 1000, p50_ms: 1, p99_ms: 2, cpu_us: { own: 1, postgres: 1, rabbitmq: 1 } } }
const figures = { ...fast, idle: { p50_ms: 1, p99_ms: 2 }, busy: { p50_ms: 1, p99_ms: 2 }, memory_mb: 10 }
const contender = (name) => ({ name, title: name })
const needed = ({ name }) => name === 'kith'

test('a peer that fails is out, and the others are still measured', async () => {
  const field = new Field([contender('kith'), contender('watermill'), contender('faststream')], needed)
  const measured = []
  for (let round = 0; round < 2; round += 1) {
    for (const one of field.left) {
      await field.attempt(one, `round ${round + 1}`, async ({ name }) => {
        if (name === 'faststream') throw new Error('duplicate key | in\npg_type')
        measured.push(name)
      })
    }
  }
  assert.deepEqual(measured, ['kith', 'watermill', 'kith', 'watermill'])
  assert.deepEqual(field.notes(), [
    '**faststream failed (round 1) and has no figures in this run**: duplicate key in pg_type',
  ])
})

test('without the one that everything is about there is nothing to report', async () => {
  const field = new Field([contender('kith')], needed)
  await assert.rejects(field.attempt(field.left[0], 'round 1', () => Promise.reject(new Error('ended'))), /ended/)
})

test('messaging is reported without those who are out, and says who they are', async () => {
  const names = ['kith', 'prototype', 'watermill', 'faststream']
  for (const broken of [['faststream'], ['watermill', 'faststream'], ['prototype']]) {
    const field = new Field(names.map(contender), needed)
    for (const one of field.left.filter(({ name }) => broken.includes(name))) {
      await field.attempt(one, 'being killed', () => Promise.reject(new Error('gone')))
    }
    const rounds = Object.fromEntries(names.map((name) => [name, [figures]]))
    const kills = Object.fromEntries(names.map((name) => [name, { accepted: 1, committed: 1, lost: 0, doubled: 0 }]))
    const backlog = { short: 1000, tenths: Array(10).fill(900) }
    const sizes = { events: 100, backlog: 1000 }
    const { rows, tables, notes, incomplete } = report({ field, rounds, broker: [1], store: [1], kills, backlog, durable: [], sizes })
    const shown = JSON.stringify({ rows, tables })
    for (const name of names) assert.equal(shown.includes(`"${name}"`), !broken.includes(name), name)
    for (const name of broken) assert.ok(notes.some((note) => note.includes(`${name} failed (being killed)`)))
    assert.ok(incomplete)
    assert.equal(rows[0].median, 1000)
  }
})

test('the document keeps the figures of a part that failed, and says that they are of before', () => {
  const row = { what: 'time', unit: 's', min: 1, median: 1, max: 1, runs: 1, how: 'so', aim: null }
  const failed = { date: '2026-02-02 00:00', commit: 'def', why: 'no broker' }
  const text = document({ start: { ...part, rows: [row], failed }, search: { failed } }, ['start', 'search'])
  assert.match(text, /## start\n\n\*\*Failed on 2026-02-02 00:00 UTC, commit def\*\*: no broker\. The figures below are of the run before\./)
  assert.match(text, /\| time \| 1\.00 s \|/)
  assert.match(text, /## search\n\n\*\*Failed on .*: no broker\.\n/)
  assert.match(text, /Not measured yet: search\./)
})

test('a way through the gateway is held against the bare route of the same runs', () => {
  const line = (way, run, processor_us) => ({ way, run, requests: 100, processor_us, seconds: 1 })
  const costs = { bare: 1000, stack: 1500, front: 2000, service: 2500, http: 10_000 }
  const measured = [0, 1].flatMap((run) => Object.entries(costs).map(([way, cost]) => line(way, run, cost * (1 + run))))
  const rows = gateway.report(measured)
  assert.deepEqual(rows.slice(0, 2).map(({ min, max }) => [min, max]), [[10, 20], [15, 30]])
  const [whole, checked] = rows.slice(-2)
  assert.deepEqual([whole.min, whole.max, whole.aim], [50, 100, { above: 40 }])
  assert.deepEqual([checked.min, checked.max], [40, 80])
})
