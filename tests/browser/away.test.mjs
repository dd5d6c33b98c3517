// A server that stops, starts again, and comes back as another build, while somebody has a page open.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assertAccessible, goTo, launch, looking, signUp, visitor } from './support/browser.mjs'
import { ROOT, startKith, until } from './support/kith.mjs'

const DIST = join(ROOT, 'services/gateway/web/dist')

let kith, browser, web
before(async () => {
  web = await mkdtemp(join(tmpdir(), 'kith-web-'))
  await cp(DIST, web, { recursive: true })
  ;[kith, browser] = await Promise.all([startKith({ KITH_GATEWAY__WEB: web }), launch()])
})
after(async () => {
  await browser?.close()
  await kith?.stop()
  if (web) await rm(web, { recursive: true, force: true })
})

/** A page on which somebody is known, with a note and a tag begun. */
async function withDrafts(page) {
  const made = await page.request.post('/api/v1/people', {
    headers: { 'sec-fetch-site': 'same-origin' },
    data: { display_name: 'Grace Hopper' },
  })
  assert.equal(made.status(), 201, await made.text())
  await page.goto(`/people/${(await made.json()).id}`)
  await page.getByRole('textbox', { name: 'New note' }).fill('Half a thought')
  await page.getByRole('textbox', { name: 'Add a tag' }).fill('navy')
}
async function assertDrafts(page) {
  assert.equal(await page.getByRole('textbox', { name: 'New note' }).inputValue(), 'Half a thought')
  assert.equal(await page.getByRole('textbox', { name: 'Add a tag' }).inputValue(), 'navy')
}
/** No piece comes ahead of time, so that every section is one that was not visited before. */
const withoutLoadingAhead = (page) =>
  page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }))
const notice = (page) => page.getByRole('alert').filter({ hasText: 'could not be loaded' })
const sign = (page) => page.getByRole('status', { name: 'Connection' })

test('a section not visited before, clicked while the server is away: the page and what was typed stay', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await withoutLoadingAhead(page)
  await signUp(page, 'Olga Offen', 'olga@example.org')
  await withDrafts(page)

  await kith.pause()
  await goTo(page, 'Circles')
  await notice(page).waitFor()
  await sign(page).getByText('Kith is not answering.').waitFor()
  assert.match(page.url(), /\/people\//)
  await assertDrafts(page)
  await assertAccessible(page, 'a page without its server')

  // The tag cannot be saved either, and is not lost.
  await page.getByRole('textbox', { name: 'Add a tag' }).press('Enter')
  await page.getByText('Kith cannot be reached').or(page.getByText(/did not answer/)).last().waitFor()
  await assertDrafts(page)

  await notice(page).getByRole('button', { name: 'Try again' }).click()
  await notice(page).waitFor()
  await kith.resume()
  await notice(page).getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Circles', level: 1 }).waitFor()
  await until(async () => (await sign(page).innerText()).includes('Connected again'), 'the sign to go')
  await page.goBack()
  await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor()
  await assertDrafts(page)
  await context.close()
}))

test('the same without a network, also for the palette', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await withoutLoadingAhead(page)
  await signUp(page, 'Nina Netz', 'nina@example.org')
  await withDrafts(page)
  await context.setOffline(true)
  await sign(page).getByText('You are offline.').waitFor()
  await goTo(page, 'Reminders')
  await notice(page).waitFor()
  await notice(page).getByRole('button', { name: 'Dismiss' }).click()
  await page.keyboard.press('Control+k')
  await notice(page).waitFor()
  await assertDrafts(page)
  await context.setOffline(false)
  await notice(page).getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('dialog', { name: 'Search and commands' }).waitFor()
  await page.keyboard.press('Escape')
  await goTo(page, 'Reminders')
  await page.getByRole('heading', { name: 'Reminders', level: 1 }).waitFor()
  await context.close()
}))

test('sections come ahead of time, so that they open without a network', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await signUp(page, 'Vera Voraus', 'vera@example.org')
  const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name).join('\n'))
  await until(async () => /SettingsPage/.test(await loaded()) && /CommandPalette/.test(await loaded()), 'all pieces')
  await context.setOffline(true)
  await goTo(page, 'Settings')
  await page.getByRole('form', { name: 'Profile' }).waitFor()
  assert.equal(await notice(page).count(), 0)
  await context.close()
}))

test('after an upgrade the new build is loaded, and what was typed is there again', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await withoutLoadingAhead(page)
  await signUp(page, 'Uta Update', 'uta@example.org')
  await withDrafts(page)
  const person = page.url()

  await upgrade()
  await goTo(page, 'Circles')
  await page.getByRole('heading', { name: 'Circles', level: 1 }).waitFor()
  assert.equal(await notice(page).count(), 0)
  await page.goto(person)
  await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor()
  await assertDrafts(page)
  await context.close()
}))

/** Makes another build of the one that is served: every asset has another name, and the old ones are gone. */
async function upgrade() {
  const assets = await readdir(join(web, 'assets'))
  const renamed = assets.map((name) => [name, name.replace(/\.(\w+)$/, '2.$1')])
  const translate = (text) => renamed.reduce((now, [from, to]) => now.replaceAll(from, to), text)
  for (const [from, to] of renamed) {
    await writeFile(join(web, 'assets', to), translate(await readFile(join(web, 'assets', from), 'utf8')))
    await rm(join(web, 'assets', from))
  }
  const index = join(web, 'index.html')
  await writeFile(index, translate(await readFile(index, 'utf8')))
}
