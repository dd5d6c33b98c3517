/**
 * Looks at every page in light, dark and at phone width: a screenshot each, and everything that is wrong with it
 * (axe, console errors, violations of the content security policy, sideways scrolling).
 * Needs a Chromium, a build, and `node mock/server.mjs` running.
 *
 *   node mock/look.mjs [page …]      KITH_LOOK=folder  KITH_URL=http://127.0.0.1:4300  CHROMIUM=/usr/bin/chromium
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const BASE = process.env.KITH_URL ?? 'http://127.0.0.1:4300'
const OUT = process.env.KITH_LOOK ?? '/tmp/kith-look'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(OUT, { recursive: true })

const VIEWS = {
  light: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
  rtl: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: 'light',
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  },
}

const get = async (path) => (await fetch(`${BASE}/api/v1${path}`)).json()
const reset = (query) => fetch(`${BASE}/mock/reset?${query}`)

async function pages() {
  await reset('full')
  const person = (await get('/people?q=ada+lovelace')).items[0]
  const stranger = (await get('/people?limit=200&cursor=2000')).items.find(
    ({ owner, organisation }) => !owner.me && organisation !== 'Initech',
  )
  const circle = (await get('/circles')).items[0]
  const [, done] = (await get('/imports')).items
  return {
    'sign-in': { path: '/sign-in', state: 'signedOut' },
    'sign-up': { path: '/sign-up', state: 'signedOut' },
    first: { path: '/', state: 'empty' },
    today: { path: '/' },
    people: { path: '/people' },
    'people-search': { path: '/people?q=hop&owner=mine' },
    'people-none': { path: '/people?q=zzzz' },
    person: { path: `/people/${person.id}`, wait: 'canvas' },
    'person-table': {
      path: `/people/${person.id}`,
      wait: 'canvas',
      act: (page) => page.getByRole('button', { name: 'Table' }).click(),
    },
    'person-edit': {
      path: `/people/${person.id}`,
      wait: 'canvas',
      act: (page) => page.getByRole('button', { name: 'Edit' }).click(),
    },
    'person-remind': {
      path: `/people/${person.id}`,
      wait: 'canvas',
      act: (page) => page.getByRole('button', { name: 'Set a reminder' }).click(),
    },
    'person-merge': {
      path: `/people/${person.id}`,
      wait: 'canvas',
      act: (page) => page.getByRole('button', { name: 'Merge with…' }).click(),
    },
    'person-shared': { path: `/people/${stranger.id}`, wait: 'canvas' },
    paths: { path: `/paths?to=${stranger.id}`, wait: 'svg[role=img]' },
    'paths-start': { path: '/paths' },
    'paths-pick': {
      path: '/paths',
      act: async (page) => {
        await page.getByRole('combobox').fill('an')
        await page.getByRole('option').first().waitFor()
      },
    },
    'paths-none': { path: '/paths?to_organisation=Initech' },
    import: { path: '/import' },
    receipt: { path: `/import/${done.id}` },
    problems: { path: `/import/${done.id}?outcome=rejected` },
    circles: { path: '/circles' },
    'circles-accept': { path: '/circles', act: (page) => page.getByRole('button', { name: 'Accept' }).click() },
    circle: { path: `/circles/${circle.id}` },
    'circle-exception': {
      path: `/circles/${circle.id}`,
      act: (page) => page.getByRole('button', { name: 'Add exception' }).click(),
    },
    invitation: { path: '/invitations/abc' },
    reminders: { path: '/reminders' },
    settings: { path: '/settings' },
    bell: { path: '/', act: (page) => page.getByRole('button', { name: /^Notifications/ }).click() },
    palette: {
      path: '/',
      act: async (page) => {
        await page.keyboard.press('Control+k')
        await page.getByPlaceholder('Find a person').fill('gr')
        await page.waitForTimeout(400)
      },
    },
    'not-found': { path: '/nowhere/at/all' },
  }
}

const all = await pages()
const wanted = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
})
let wrong = 0
const views = process.env.KITH_VIEWS?.split(',') ?? Object.keys(VIEWS)
for (const view of views) {
  const options = VIEWS[view]
  const dir = view === 'rtl' ? 'rtl' : 'ltr'
  const context = await browser.newContext({
    ...options,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  })
  for (const name of Object.keys(all)) {
    if (wanted.length && !wanted.includes(name)) continue
    const { path, state, wait, act } = all[name]
    if (state) await reset(state)
    const page = await context.newPage()
    const say = (text) => (wrong++, console.log(`${name} (${view}): ${text}`))
    page.on(
      'console',
      (message) => message.type() === 'error' && !/401|404/.test(message.text()) && say(`console: ${message.text()}`),
    )
    page.on('pageerror', (error) => say(`error: ${error.message}`))
    try {
      await page.goto(BASE + path, { waitUntil: 'load' })
      await page.locator('h1').first().waitFor({ timeout: 5000, state: 'attached' })
      if (dir === 'rtl') await page.evaluate(() => (document.documentElement.dir = 'rtl'))
      if (wait) await page.locator(wait).first().waitFor({ timeout: 8000 })
      await page.waitForTimeout(250)
      if (act) await act(page)
      await page.waitForTimeout(250)
      await page.screenshot({ path: `${OUT}/${name}-${view}.png`, fullPage: !act && name !== 'people' })
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (sideways > 0) say(`scrolls sideways by ${sideways} px`)
      const blank = await page.evaluate(() =>
        [...document.querySelectorAll('canvas')].some((canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
          const colours = new Set(new Uint32Array(data.buffer))
          return colours.size < 10
        }),
      )
      if (blank) say('a picture is blank')
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() =>
        globalThis.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }),
      )
      for (const violation of violations) {
        say(`axe ${violation.id}: ${violation.help}`)
        for (const found of violation.nodes.slice(0, 4))
          console.log(
            `    ${found.html.slice(0, 160)}\n      ${(found.any[0] ?? found.all[0] ?? found.none[0])?.message ?? ''}`,
          )
      }
    } catch (error) {
      say(`failed: ${error.message.split('\n')[0]}`)
    }
    await page.close()
    // Ids change with the data.
    if (state) Object.assign(all, await pages())
  }
  await context.close()
}
await browser.close()
console.log(wrong ? `${wrong} things are wrong` : 'nothing is wrong')
process.exit(wrong ? 1 : 0)
