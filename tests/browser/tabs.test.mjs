// Two tabs, two people, and a server that goes away: what is on screen and what was typed, against the real program.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, goTo, importFiles, launch, looking, signUp, visitor } from './support/browser.mjs'
import { startKith, until } from './support/kith.mjs'

let kith, browser
before(async () => {
  ;[kith, browser] = await Promise.all([startKith(), launch()])
})
after(async () => {
  await browser?.close()
  await kith?.stop()
})

const card = (name, email, more = '') => {
  const [given, family] = name.split(' ')
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nN:${family};${given};;;\r\nFN:${name}\r\nEMAIL:${email}\r\n${more}END:VCARD\r\n`
}
const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
const api = (page, path) => page.request.get(`/api/v1${path}`).then((answer) => answer.json())

/** The id of a person, once they can be found. */
async function idOf(page, name) {
  let found
  await until(async () => {
    found = (await api(page, `/people?q=${encodeURIComponent(name)}`)).items[0]
    return found?.display_name === name
  }, `${name} to be found`)
  return found.id
}

async function edit(page, fields) {
  await page.getByRole('button', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit details' })
  for (const [label, value] of Object.entries(fields)) await dialog.getByRole('textbox', { name: label }).fill(value)
  return dialog
}

const valuesOf = async (page, id) => {
  const person = await api(page, `/people/${id}`)
  const value = (name) => person.fields.find((field) => field.name === name)?.value
  return {
    organisation: person.employments.find(({ current }) => current)?.organisation,
    phone: value('phone'),
    birthday: value('birthday'),
    nickname: value('nickname'),
  }
}

test('a form that was open while another tab saved undoes nothing, and asks where both changed a field', looking(async () => {
  const { context, page: one, faults } = await visitor(browser, kith.url)
  await signUp(one, 'Edda Eins', 'edda@example.org')
  await importFiles(one, [file('cards.vcf', card('Charles Babbage', 'charles@example.com'))])
  const id = await idOf(one, 'Charles Babbage')
  const two = await context.newPage()
  await Promise.all([one.goto(`/people/${id}`), two.goto(`/people/${id}`)])

  const late = await edit(two, { Birthday: '1791-12-26', Nickname: 'Charlie' })
  const early = await edit(one, { Organisation: 'Trinity College', Phones: '+44 20 7946 0001', Nickname: 'Chuck' })
  await early.getByRole('button', { name: 'Save' }).click()
  await early.waitFor({ state: 'detached' })

  // The field that was left alone follows; the one that both changed is a question.
  await until(
    async () => (await late.getByRole('textbox', { name: 'Organisation' }).inputValue()) === 'Trinity College',
    'the open form to follow',
  )
  const question = late.getByRole('group', { name: 'Nickname was changed elsewhere too' })
  await question.getByText('Chuck').waitFor()
  await question.getByText('Charlie').waitFor()
  await assertAccessible(two, 'a form with a conflict')
  assert.ok(await late.getByRole('button', { name: 'Save' }).isDisabled())
  await question.getByRole('button', { name: 'Keep yours' }).click()
  await late.getByRole('button', { name: 'Save' }).click()
  await late.waitFor({ state: 'detached' })
  assert.deepEqual(await valuesOf(one, id), {
    organisation: 'Trinity College',
    phone: '+44 20 7946 0001',
    birthday: '1791-12-26',
    nickname: 'Charlie',
  })

  // A note in one tab is in the other, though no event of the server tells of it.
  await one.getByRole('textbox', { name: 'New note' }).fill('Owes me a difference engine')
  await one.getByRole('button', { name: 'Add note' }).click()
  await two.getByText('Owes me a difference engine').waitFor()
  assert.deepEqual(faults, [])
  await context.close()
}))

test('a form learns of what was saved elsewhere when it saves, where no event reaches it', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await signUp(page, 'Zoe Zwei', 'zoe@example.org')
  await importFiles(page, [file('cards.vcf', card('Mary Somerville', 'mary@example.com'))])
  const id = await idOf(page, 'Mary Somerville')
  await page.route('**/api/v1/events', (route) => route.abort())
  await page.goto(`/people/${id}`)
  const dialog = await edit(page, { Birthday: '1780-12-26' })
  const { version } = await api(page, `/people/${id}`)
  const saved = await page.request.patch(`/api/v1/people/${id}`, {
    headers: { 'sec-fetch-site': 'same-origin', 'if-match': `"${version}"` },
    data: { organisation: 'Royal Society' },
  })
  assert.equal(saved.status(), 200, await saved.text())
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  const values = await valuesOf(page, id)
  assert.equal(values.organisation, 'Royal Society')
  assert.equal(values.birthday, '1780-12-26')
  await context.close()
}))

/** Ana and Bo in a circle in which Bo shares names; he knows Cy at Initech. */
async function pair(names) {
  const [ana, bo] = await Promise.all([visitor(browser, kith.url), visitor(browser, kith.url)])
  await Promise.all([signUp(ana.page, names.ana, names.anaMail), signUp(bo.page, names.bo, names.boMail)])
  await importFiles(ana.page, [file('ana.vcf', card(names.bo, names.boMail))])
  await importFiles(bo.page, [file('bo.vcf', card('Cy Ziel', 'cy@example.net', 'ORG:Initech\r\n'))])
  await goTo(ana.page, 'Circles')
  await ana.page.getByRole('button', { name: 'New circle' }).first().click()
  const dialog = ana.page.getByRole('dialog', { name: 'New circle' })
  await dialog.getByRole('textbox', { name: 'Name of the circle' }).fill('Alumni')
  await dialog.getByRole('button', { name: 'New circle' }).click()
  await ana.page.getByRole('textbox', { name: 'E-mail address to invite' }).fill(names.boMail)
  await ana.page.getByRole('button', { name: 'Invite' }).click()
  await ana.page.getByRole('list', { name: 'Open invitations' }).waitFor()
  await goTo(bo.page, 'Circles')
  const invitation = bo.page.getByRole('listitem').filter({ hasText: 'Alumni' }).first()
  await invitation.getByRole('button', { name: 'Accept' }).first().click()
  await bo.page.getByRole('radio', { name: 'Names' }).first().click()
  await bo.page.getByRole('form', { name: /Accept/ }).getByRole('button', { name: 'Accept' }).click()
  await bo.page.getByRole('heading', { name: 'Alumni' }).waitFor()
  const share = (level) =>
    bo.page.getByRole('group', { name: 'What you share' }).getByRole('radio', { name: level }).click()
  return { ana, bo, share }
}

test('what is not shared any more leaves every open page, without a reload', looking(async () => {
  const { ana, bo, share } = await pair({
    ana: 'Ana Anker',
    anaMail: 'ana2@example.org',
    bo: 'Bo Brücke',
    boMail: 'bo2@example.org',
  })
  const id = await idOf(ana.page, 'Cy Ziel')
  const boId = await idOf(ana.page, 'Bo Brücke')
  await until(async () => (await api(ana.page, `/paths?to=${id}`)).items?.length > 0, 'a path to Cy')

  // One tab for each page that shows something of Cy.
  const open = async (address, shown) => {
    const page = await ana.context.newPage()
    await page.goto(address)
    await shown(page).first().waitFor()
    return { page, address, shown }
  }
  const cy = (page) => page.getByText(/Cy Ziel/)
  const tabs = [
    await open(`/paths?to=${id}`, cy),
    await open('/paths?to_organisation=Initech', cy),
    await open('/people?q=cy', cy),
    await open('/people?owner=shared', cy),
    await open(`/people/${id}`, cy),
    await open(`/people/${boId}`, (page) => page.getByRole('region', { name: 'Who they know' }).getByText('Cy Ziel')),
    await open('/paths', (page) => page.getByText('Initech')),
  ]
  // Where somebody was looked at before, going back must not show them once more.
  const back = await open('/people?q=cy', cy)
  await goTo(back.page, 'Reminders')

  await share('Nothing')
  for (const { page, address, shown } of tabs) {
    await until(async () => (await shown(page).count()) === 0, `${address} to lose what is not shared`)
    const text = await page.locator('#main').innerText()
    assert.ok(!/Cy Ziel/.test(text), `${address} still says: ${text}`)
  }
  await back.page.goBack()
  await back.page.getByRole('heading', { name: 'Nobody matches' }).waitFor()
  assert.deepEqual([...ana.faults, ...bo.faults], [])
  await ana.context.close()
  await bo.context.close()
}))

test('a list of thousands asks only for what is on screen when somebody changes elsewhere', looking(async () => {
  const { context, page } = await visitor(browser, kith.url, { viewport: { width: 1280, height: 800 } })
  await signUp(page, 'Tara Tausend', 'tara@example.org')
  const cards = Array.from({ length: 1_000 }, (_, n) => card(`Person Nr${n}`, `nr${n}@example.com`)).join('')
  await importFiles(page, [file('many.vcf', cards)])
  await until(async () => (await api(page, '/people?limit=1')).total === 1_000, 'everybody to be found', 120_000)
  await goTo(page, 'People')
  const list = page.getByRole('list', { name: 'People' })
  const pages = []
  page.on('request', (request) => /\/api\/v1\/people\?/.test(request.url()) && pages.push(request.url()))
  await list.getByRole('listitem').first().waitFor()
  await until(async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    return (await list.evaluate((element) => element.clientHeight)) > 1_000 * 60
  }, 'the end of the list', 60_000)
  await page.evaluate(() => window.scrollTo(0, 0))
  await list.getByRole('listitem').first().waitFor()
  await page.waitForLoadState('networkidle')
  pages.length = 0

  const person = (await api(page, '/people?limit=1')).items[0]
  const { version } = await api(page, `/people/${person.id}`)
  const saved = await page.request.patch(`/api/v1/people/${person.id}`, {
    headers: { 'sec-fetch-site': 'same-origin', 'if-match': `"${version}"` },
    data: { display_name: `${person.display_name} Junior` },
  })
  assert.equal(saved.status(), 200, await saved.text())
  await list.getByText(`${person.display_name} Junior`).waitFor()
  await page.waitForLoadState('networkidle')
  assert.ok(pages.length <= 4, `${pages.length} requests:\n${pages.join('\n')}`)
  await context.close()
}))
