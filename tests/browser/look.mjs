// Looks at every page in light, dark, right to left and at phone width, on the sample network and the states that it
// does not have: a picture each, and whatever is wrong (axe, console, sideways scrolling, an empty canvas).
//
//   KITH_LOOK=folder node look.mjs [page …]
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertAccessible, goTo, importFiles, launch, signUp, visitor } from './support/browser.mjs'
import { ROOT, startKith, until } from './support/kith.mjs'

const DESKTOP = { width: 1280, height: 860 }
const VIEWS = {
  light: { viewport: DESKTOP },
  dark: { viewport: DESKTOP, colorScheme: 'dark' },
  rtl: { viewport: DESKTOP },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
}
const out = process.env.KITH_LOOK ?? join(ROOT, 'tests/browser/test-results/look')
const wanted = process.argv.slice(2)

const text = (name, lines) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(lines.join('\r\n')) })
const cards = (count) =>
  Array.from({ length: count }, (_, n) => `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Contact ${n}\r\nEMAIL:c${n}@example.org\r\nEND:VCARD`)
const click = (name) => (page) => page.getByRole('button', { name }).click()

/** Robin's account: the sample, a large list, a failed import, somebody without ties, an open invitation. */
async function fill(page, browser, url) {
  await signUp(page, 'Robin Example', 'robin@example.org')
  await page.getByRole('button', { name: 'Try a sample network' }).click()
  await page.getByRole('link', { name: 'Show me the way' }).waitFor({ timeout: 120_000 })
  // An archive that breaks off is recognised, and then cannot be read.
  const archive = await readFile(join(ROOT, 'services/ingest/formats/corpus/linkedin-export.zip'))
  const cut = { name: 'cut.zip', mimeType: 'application/zip', buffer: archive.subarray(0, archive.length / 2) }
  await importFiles(page, [text('large.vcf', cards(2000)), cut])
  await goTo(page, 'People')
  await click('Add a person')(page)
  await page.getByRole('textbox', { name: 'Name' }).fill('Nobody Near')
  await click('Add person')(page)
  await page.getByRole('heading', { name: 'Nobody Near' }).waitFor()

  const other = await visitor(browser, url)
  await signUp(other.page, 'Sam Example', 'sam@example.org')
  await goTo(other.page, 'Circles')
  await click('New circle')(other.page)
  const dialog = other.page.getByRole('dialog', { name: 'New circle' })
  await dialog.getByRole('textbox', { name: 'Name of the circle' }).fill('Old friends')
  await dialog.getByRole('button', { name: 'New circle' }).click()
  await other.page.getByRole('textbox', { name: 'E-mail address to invite' }).fill('robin@example.org')
  await click('Invite')(other.page)
  await other.page.getByRole('list', { name: 'Open invitations' }).waitFor()
  await other.context.close()
}

/** The pages: where, what to wait for, what to do there first. */
async function pages(page) {
  const get = (path) => page.request.get(`/api/v1${path}`).then((answer) => answer.json())
  const first = async (path, is) => (await get(path)).items.find(is)
  let imports
  await until(async () => {
    imports = (await get('/imports')).items
    return imports.every(({ status }) => status === 'succeeded' || status === 'failed')
  }, 'the imports to end')
  const named = (file) => `/import/${imports.find(({ file_name }) => file_name === file).id}`
  const circle = await first('/circles', () => true)
  const known = await first('/people?limit=1', () => true)
  const shared = await first('/people?limit=200', ({ owner }) => !owner.me)
  const lonely = await first('/people?q=nobody+near', () => true)
  const person = { path: `/people/${known.id}`, wait: 'canvas' }
  return {
    today: { path: '/' },
    people: { path: '/people' },
    'people-none': { path: '/people?q=zzzz' },
    person,
    'person-table': { ...person, act: click('Table') },
    'person-edit': { ...person, act: click('Edit') },
    'person-remind': { ...person, act: click('Set a reminder') },
    'person-merge': { ...person, act: click('Merge with…') },
    'person-lonely': { path: `/people/${lonely.id}` },
    ...(shared && {
      'person-shared': { path: `/people/${shared.id}`, wait: 'canvas' },
      paths: { path: `/paths?to=${shared.id}`, wait: 'svg[role=img]' },
    }),
    'paths-start': { path: '/paths' },
    'paths-pick': { path: '/paths', act: (at) => at.getByRole('combobox').fill('an'), then: '[role=option]' },
    'paths-none': { path: `/paths?to=${lonely.id}` },
    import: { path: '/import' },
    receipt: { path: named('large.vcf') },
    failed: { path: named('cut.zip') },
    circles: { path: '/circles' },
    'circles-accept': { path: '/circles', act: click('Accept') },
    circle: { path: `/circles/${circle.id}` },
    'circle-exception': { path: `/circles/${circle.id}`, act: click('Add exception') },
    invitation: { path: '/invitations/abc' },
    reminders: { path: '/reminders' },
    settings: { path: '/settings' },
    bell: { path: '/', act: click(/^Notifications/) },
    palette: { path: '/', act: (at) => at.keyboard.press('Control+k'), then: '[role=option]' },
    'not-found': { path: '/nowhere/at/all' },
  }
}

const SIGNED_OUT = { 'sign-in': { path: '/sign-in' }, 'sign-up': { path: '/sign-up' } }
const FRESH = { first: { path: '/' } }

let wrong = 0
async function look({ page, faults }, view, all) {
  for (const [name, { path, wait = 'h1', act, then }] of Object.entries(all)) {
    if (wanted.length && !wanted.includes(name)) continue
    try {
      await page.goto(path)
      await page.locator('h1').first().waitFor({ state: 'attached' })
      if (view === 'rtl') await page.evaluate(() => (document.documentElement.dir = 'rtl'))
      await page.locator(wait).first().waitFor({ state: 'attached' })
      await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {})
      if (act) await act(page)
      if (then) await page.locator(then).first().waitFor()
      await page.screenshot({ path: join(out, `${name}-${view}.png`), fullPage: !act && name !== 'people' })
      const [sideways, blank] = await page.evaluate(measure)
      if (sideways > 0) faults.push(`scrolls sideways by ${sideways} px`)
      if (blank) faults.push('a picture is blank')
      await assertAccessible(page, name)
    } catch (error) {
      faults.push(error.message)
    }
    wrong += faults.length
    for (const fault of faults.splice(0)) console.log(`${name} (${view}): ${fault}`)
  }
}

/** In the page: how far it scrolls sideways, and whether a canvas shows nothing. */
function measure() {
  const { scrollWidth, clientWidth } = document.documentElement
  const blank = [...document.querySelectorAll('canvas')].some((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size < 10
  })
  return [scrollWidth - clientWidth, blank]
}

const [kith, browser] = await Promise.all([startKith(), launch()])
try {
  await mkdir(out, { recursive: true })
  const robin = await visitor(browser, kith.url)
  const fresh = await visitor(browser, kith.url)
  await fill(robin.page, browser, kith.url)
  await signUp(fresh.page, 'Kim Example', 'kim@example.org')
  const all = await pages(robin.page)
  for (const [view, options] of Object.entries(VIEWS)) {
    for (const [who, what] of [[robin, all], [fresh, FRESH], [null, SIGNED_OUT]]) {
      const storageState = await who?.context.storageState()
      const as = await visitor(browser, kith.url, { ...options, locale: 'en-GB', storageState })
      await look(as, view, what)
      await as.context.close()
    }
  }
} finally {
  await browser.close()
  await kith.stop()
}
console.log(wrong ? `${wrong} things are wrong` : 'nothing is wrong')
process.exitCode = wrong ? 1 : 0
