// The real program on a data folder of its own, started as a newcomer would start it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

const READY_MS = 60_000
const END_MS = 20_000

function program() {
  const target = process.env.CARGO_TARGET_DIR ?? 'target'
  const found = [process.env.KITH_BIN, join(target, 'debug/kith'), join(target, 'release/kith')]
    .filter(Boolean)
    .map((path) => resolve(ROOT, path))
    .find(existsSync)
  if (!found) throw new Error('no program to test: run `cargo build -p kith-standalone`, or set KITH_BIN')
  return found
}

async function freePort() {
  const server = createServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

/** Starts Kith: the one-process program, or with KITH_DEPLOYMENT=distributed a process per service on the engines. */
export function startKith(env = {}) {
  return process.env.KITH_DEPLOYMENT === 'distributed' ? startServices(env) : startProgram(env)
}

/** `deploy/local/services`, with empty stores; the engines are left as they were found. */
async function startServices(env) {
  const port = 28400
  const data = process.env.KITH_ENGINES_DIR ?? join(ROOT, '.local/engines')
  const services = (...words) => run(join(ROOT, 'deploy/local/services'), words, { KITH_SERVICES_PORT: port, ...env })
  await services('end')
  await services('reset')
  const output = await services('up')
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    output: () => output,
    async stop() {
      await services('end')
      return { code: 0, signal: null }
    },
  }
}

/** Runs a command to its end; what it said. */
async function run(command, words, env) {
  const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (bytes) => (output += bytes))
  child.stderr.on('data', (bytes) => (output += bytes))
  const code = await new Promise((done) => child.on('exit', done))
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}:\n${output}`)
  return output
}

/** Starts the program; `url` is where it answers, `output()` what it has printed. */
async function startProgram(env) {
  const data = await mkdtemp(join(tmpdir(), 'kith-browser-'))
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  let output = ''

  async function begin() {
    const child = spawn(program(), ['serve'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: data, KITH_ADDRESS: address, KITH_DATA: data, ...webFolder(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.on('data', (bytes) => (output += bytes))
    child.stderr.on('data', (bytes) => (output += bytes))
    const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })))
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`the program ended:\n${output}`)
        return fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)
      },
      () => `the program to be ready:\n${output}`,
      READY_MS,
    )
    return { child, ended }
  }
  async function end({ child, ended }) {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
    const how = await ended
    clearTimeout(timer)
    return how
  }

  let running = await begin()
  return {
    url,
    data,
    output: () => output,
    /** Ends the program; `resume` starts it again on the same data and address. */
    pause: () => end(running),
    async resume() {
      running = await begin()
    },
    async stop() {
      const how = await end(running)
      await rm(data, { recursive: true, force: true })
      return how
    },
  }
}

/** The web app to serve, for a program that was built in another checkout. */
const webFolder = () => (process.env.KITH_GATEWAY__WEB ? { KITH_GATEWAY__WEB: process.env.KITH_GATEWAY__WEB } : {})

/** Waits, within bounds, until a condition holds. */
export async function until(condition, what, limitMs = 30_000) {
  const end = Date.now() + limitMs
  for (;;) {
    if (await condition()) return
    if (Date.now() > end) throw new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}
