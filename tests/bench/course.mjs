// One contender on the course: fresh databases, a queue of its own, its processes, and what they did.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BENCH } from './contenders.mjs'
import { percentile } from './figures.mjs'
import { cpuMs, mostMemoryMb } from './process-tree.mjs'

/** Two moments of sixteen digits, a blank, an end of line. */
const LINE = 34
const WARM_UP = 500
const CONNECTIONS_TO_STORE = 16
const DEADLINE_MS = 180_000
const PORT = 26480
let runs = 0

export class Course {
  constructor(engines, contender) {
    runs += 1
    this.engines = engines
    this.contender = contender
    this.folder = mkdtempSync(join(tmpdir(), 'kith-bench-messaging-'))
    this.lags = join(this.folder, 'lags')
    this.children = []
    this.expected = 0
    const database = (side) => {
      const url = new URL(engines.postgres)
      url.pathname = `/bench_${contender.name}_${side}`
      return url.toString()
    }
    this.env = {
      PATH: process.env.PATH,
      BENCH_POSTGRES: engines.postgres,
      BENCH_PUBLISHER_POSTGRES: database('publisher'),
      BENCH_CONSUMER_POSTGRES: database('consumer'),
      BENCH_RABBITMQ: engines.rabbitmq,
      BENCH_EXCHANGE: `bench-${contender.name}-${process.pid}-${runs}`,
      BENCH_ADDRESS: `127.0.0.1:${PORT}`,
      BENCH_LAGS: this.lags,
      BENCH_POOL: String(CONNECTIONS_TO_STORE),
      ...contender.env,
    }
  }

  /** Does something with a course that is cleared afterwards. */
  static async on(engines, contender, task) {
    const course = new Course(engines, contender)
    try {
      course.tool('prepare')
      return await task(course)
    } finally {
      await course.stop('SIGTERM')
      course.tool('cleanup')
      rmSync(course.folder, { recursive: true, force: true })
    }
  }

  tool(...words) {
    const options = { env: this.env, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] }
    return JSON.parse(execFileSync(BENCH, words.map(String), options))
  }

  /** The same, without holding up what else goes on here. */
  async toolBeside(...words) {
    const child = spawn(BENCH, words.map(String), { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (piece) => (text += piece))
    const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
    if (code !== 0) throw new Error(`${words.join(' ')}: ended with ${code}`)
    return JSON.parse(text)
  }

  async start() {
    this.contender.consumers.forEach((words) => this.spawn(words))
    this.tool('ready')
    this.contender.publishers.forEach((words) => this.spawn(words))
    await this.until('its HTTP', () => this.answers())
  }

  async warmUp() {
    await this.load({ connections: 8, rate: 0, events: WARM_UP })
  }

  spawn([program, ...words]) {
    const log = openSync(join(this.folder, 'log'), 'a')
    const child = spawn(program, words, { env: this.env, stdio: ['ignore', log, log] })
    closeSync(log)
    this.children.push(child)
  }

  async stop(signal) {
    const children = this.children.splice(0)
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill(signal)
        await Promise.race([ended, pause(10_000).then(() => child.kill('SIGKILL'))])
      }),
    )
  }

  /** Sends commands and waits until each has had its effect; what that took. */
  async load({ connections, rate, events }) {
    const before = this.cpu()
    const skip = this.arrived()
    const sent = await this.toolBeside('load', connections, rate, events)
    if (sent.accepted !== events) throw new Error(`${this.contender.name}: ${sent.failed} commands failed; ${this.log()}`)
    this.expected += events
    await this.until(`${this.expected} effects`, () => this.arrived() >= this.expected)
    const after = this.cpu()
    const moments = this.moments(skip)
    const took = moments.map(([from, to]) => (to - from) / 1000)
    const last = moments.reduce((most, [, to]) => Math.max(most, to), 0)
    return {
      events,
      per_second: events / ((last - sent.begun_micros) / 1e6),
      commands_per_second: events / sent.seconds,
      answer_p50_ms: sent.answer_p50_ms,
      p50_ms: percentile(took, 0.5),
      p99_ms: percentile(took, 0.99),
      cpu_us: Object.fromEntries(Object.keys(after).map((name) => [name, ((after[name] - before[name]) * 1000) / events])),
    }
  }

  cpu() {
    const own = this.children.map((child) => child.pid)
    return cpuMs({ ...this.engines.pids, own })
  }

  memoryMb() {
    return this.children.reduce((sum, child) => sum + mostMemoryMb(child.pid), 0)
  }

  /** How many effects there have been, doubles included. */
  arrived() {
    try {
      return Math.floor(statSync(this.lags).size / LINE)
    } catch (error) {
      if (error.code === 'ENOENT') return 0
      throw error
    }
  }

  /** When each was sent and when its effect was durable, in microseconds, after the first `skip`. */
  moments(skip) {
    const bytes = Buffer.alloc((this.arrived() - skip) * LINE)
    const file = openSync(this.lags, 'r')
    readSync(file, bytes, 0, bytes.length, skip * LINE)
    closeSync(file)
    const lines = bytes.toString().trimEnd().split('\n')
    return lines.filter((line) => line !== '').map((line) => line.split(' ').map(Number))
  }

  async until(what, condition) {
    const end = performance.now() + DEADLINE_MS
    while (!(await condition())) {
      const ended = this.children.find((child) => child.exitCode !== null)
      if (ended) throw new Error(`${this.contender.name} ended: ${this.log()}`)
      if (performance.now() > end) throw new Error(`${this.contender.name}: waited in vain for ${what}; ${this.log()}`)
      await pause(10)
    }
  }

  answers() {
    return new Promise((resolve) => {
      const socket = connect(PORT, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }

  log() {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-2000)
  }
}
