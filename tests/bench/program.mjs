// The program under measurement: a process on a fresh data folder, asked over HTTP on kept connections.
import { execFileSync, spawn } from 'node:child_process'
import { createReadStream, mkdtempSync, openSync, closeSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { here, settings } from './settings.mjs'

const DEADLINE_MS = 3_600_000

export class Program {
  /** On a fresh data folder, or on this one. */
  static async start({ data } = {}) {
    const program = new Program()
    program.folder = mkdtempSync(join(tmpdir(), 'kith-bench-'))
    program.data = data ?? join(program.folder, 'data')
    program.port = await freePort()
    program.agent = new Agent({ keepAlive: true, maxSockets: 4 })
    program.log = join(program.folder, 'log')
    const log = openSync(program.log, 'w')
    const begun = performance.now()
    program.child = spawn(settings.program, ['serve'], {
      env: {
        PATH: process.env.PATH,
        KITH_ADDRESS: `127.0.0.1:${program.port}`,
        KITH_DATA: program.data,
        // One account asks more in a minute here than people do.
        KITH_GATEWAY__LIMITS__ACCOUNT_PER_MINUTE: '1000000',
        KITH_GATEWAY__LIMITS__ADDRESS_PER_MINUTE: '1000000',
      },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    let broken = null
    program.child.once('error', (error) => (broken = error))
    await program.until('readiness', 2, async () => {
      if (broken) throw broken
      if (program.child.exitCode !== null) throw new Error(`kith ended: ${readFileSync(program.log, 'utf8').slice(-2000)}`)
      return program.ask('GET', '/readyz').then(({ status }) => status === 200, () => false)
    })
    program.ready_ms = performance.now() - begun
    return program
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await Promise.race([ended, pause(15_000).then(() => this.child.kill('SIGKILL'))])
    this.agent.destroy()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Makes an account and is it from now on. */
  async signUp() {
    const who = { email: 'owner@example.org', password: 'correct horse battery' }
    await this.json('POST', '/api/v1/accounts', { ...who, display_name: 'Sample Owner' })
    this.token = (await this.json('POST', '/api/v1/sessions', who)).token
  }

  /** Resident memory in megabytes: now, and the most so far. */
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8')
    const mb = (name) => (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) * 1024) / 1e6
    return { now_mb: mb('VmRSS'), most_mb: mb('VmHWM') }
  }

  async json(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const head = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const answer = await this.ask(method, path, head, (out) => out.end(text))
    return parsed(method, path, answer)
  }

  /** Sends a file as a browser does; answers the import. */
  async upload(file) {
    const path = '/api/v1/imports'
    const start = Buffer.from(
      `--frontier\r\ncontent-disposition: form-data; name="file"; filename="${basename(file)}"\r\n` +
        'content-type: application/octet-stream\r\n\r\n',
    )
    const end = Buffer.from('\r\n--frontier--\r\n')
    const head = {
      'content-type': 'multipart/form-data; boundary=frontier',
      'content-length': start.length + statSync(file).size + end.length,
    }
    const answer = await this.ask('POST', path, head, (out) => {
      out.write(start)
      const content = createReadStream(file, { highWaterMark: 1 << 18 })
      content.on('error', (error) => out.destroy(error))
      content.on('end', () => out.end(end))
      content.pipe(out, { end: false })
    })
    return parsed('POST', path, answer)
  }

  /** Uploads and waits until search and network have applied it; seconds from the first byte on. */
  async import(file) {
    const begun = performance.now()
    const since = () => (performance.now() - begun) / 1000
    const { id } = await this.upload(file)
    const took = { uploaded_s: since(), read_s: null, found_s: null }
    let made
    let done_s = null
    let asked = 0
    const found = async () => (await this.json('GET', '/api/v1/people?limit=1')).total >= made.counts.created
    await this.until('the import', 50, async () => {
      made = await this.json('GET', `/api/v1/imports/${id}`)
      if (made.status === 'failed') throw new Error(`import failed: ${JSON.stringify(made.problem)}`)
      const done = made.status === 'succeeded'
      if (done) done_s = since()
      if (took.read_s === null && (done || made.stage === 'applying')) took.read_s = since()
      // Seldom, since the question takes time from what it measures.
      const look = took.read_s !== null && took.found_s === null && (done || (asked += 1) % 6 === 0)
      if (look && (await found())) took.found_s = since()
      return done
    })
    return { ...took, done_s, bytes: statSync(file).size, counts: made.counts }
  }

  ask(method, path, headers = {}, send = (out) => out.end()) {
    const all = this.token ? { ...headers, authorization: `Bearer ${this.token}` } : headers
    return new Promise((resolve, reject) => {
      const out = request({ host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers: all }, (answer) => {
        const pieces = []
        answer.on('data', (piece) => pieces.push(piece))
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(pieces).toString() }))
      })
      out.on('error', reject)
      send(out)
    })
  }

  async until(what, every_ms, condition) {
    const end = performance.now() + DEADLINE_MS
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
      await pause(every_ms)
    }
  }
}

/** A made-up file in a folder of this run: linkedin, google or mbox. */
export function madeUp(kind, size, seed, folder) {
  const file = join(folder, kind === 'mbox' ? `mail-${seed}.mbox` : `${kind}-${size}-${seed}.csv`)
  const manifest = join(here, 'files/Cargo.toml')
  const words = ['run', '--release', '--locked', '-q', '--manifest-path', manifest, '--target-dir', settings.target, '--']
  execFileSync('cargo', [...words, kind, String(seed), String(size), file], { stdio: ['ignore', 'inherit', 'inherit'] })
  return file
}

/** Does something with a folder that is gone afterwards. */
export async function inFolder(task) {
  const folder = mkdtempSync(join(tmpdir(), 'kith-bench-files-'))
  try {
    return await task(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Does something with a program that is ended afterwards. */
export async function withProgram(task) {
  const program = await Program.start()
  try {
    return await task(program)
  } finally {
    await program.stop()
  }
}

function parsed(method, path, { status, text }) {
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
