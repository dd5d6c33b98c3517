// A real Chromium, and pages that fail the test on anything a visitor's console would show.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

function executable() {
  const found = [process.env.KITH_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  )
  if (!found) throw new Error('no Chromium: run `apt-get install chromium`, or set KITH_CHROMIUM')
  return found
}

export function launch() {
  return chromium.launch({
    executablePath: executable(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

const open = new Map()
const RESULTS = new URL('../test-results/', import.meta.url)

/** Runs a test; when it fails, keeps a picture of every page that it had open. */
export function looking(run) {
  return async (context) => {
    open.clear()
    try {
      await run(context)
    } catch (error) {
      await mkdir(RESULTS, { recursive: true })
      for (const [page, number] of open) {
        const name = `${context.name.replace(/\W+/g, '-').slice(0, 40)}-${number}.png`
        await page.screenshot({ path: fileURLToPath(new URL(name, RESULTS)) }).catch(() => {})
      }
      throw error
    }
  }
}

/** A visitor: a browser profile of its own with one page. */
export async function visitor(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  open.set(page, open.size + 1)
  const faults = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    // Answers that a page expects and handles are logged by the browser as well.
    if (message.type() === 'error' && !/status of (401|404|409|412|415|422|429)/.test(text)) faults.push(text)
  })
  return { context, page, faults }
}

export async function signUp(page, name, email, password = 'correct horse battery') {
  await page.goto('/sign-up')
  const form = page.getByRole('form', { name: 'Create account' })
  await form.getByRole('textbox', { name: 'Your name' }).fill(name)
  await form.getByRole('textbox', { name: 'E-mail' }).fill(email)
  await form.getByLabel('Password', { exact: true }).fill(password)
  await form.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: /Welcome/ }).waitFor()
}

export function goTo(page, name) {
  return page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click()
}

/** Gives files to the page as its drop zone takes them, and waits until each was imported. */
export async function importFiles(page, files) {
  await goTo(page, 'Import')
  await page.getByLabel('Choose files to import').setInputFiles(files)
  for (const file of files) {
    const name = typeof file === 'string' ? file.split('/').pop() : file.name
    await page.getByRole('link', { name: `Receipt for ${name}` }).first().waitFor({ timeout: 60_000 })
  }
}

export async function assertAccessible(page, where) {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join('\n  ')}`)
  assert.deepEqual(found, [], `axe on ${where}`)
}
