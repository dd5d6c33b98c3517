// What a newcomer does, step by step, in a real browser against the real program.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { assertAccessible, goTo, importFiles, launch, looking, signUp, visitor } from './support/browser.mjs'
import { ROOT, startKith, until } from './support/kith.mjs'

const CORPUS = join(ROOT, 'services/ingest/formats/corpus')
const REAL_FILES = ['linkedin-export.zip', 'google-2024.csv', 'apple-3.0.vcf', 'android-2.1.vcf', 'standard-4.0.vcf', 'gmail-takeout.mbox']

let kith, browser
before(async () => {
  ;[kith, browser] = await Promise.all([startKith(), launch()])
})
after(async () => {
  await browser?.close()
  const end = await kith?.stop()
  if (end) assert.deepEqual(end, { code: 0, signal: null }, 'the program ends well when asked to')
})

function vcard(name, email, more = '') {
  const [given, family] = name.split(' ')
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nN:${family};${given};;;\r\nFN:${name}\r\nEMAIL;TYPE=INTERNET:${email}\r\n${more}END:VCARD\r\n`
}

function file(name, text) {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) }
}

test('1. it says where it is and where the data lives', () => {
  assert.ok(kith.output().includes(kith.url), kith.output())
  assert.ok(kith.output().includes(kith.data), kith.output())
})

test('2. an account is made and real exports are dropped on the page; each gets a receipt', looking(async () => {
  const { context, page, faults } = await visitor(browser, kith.url)
  await signUp(page, 'Grace Hopper', 'grace@example.org')
  await assertAccessible(page, 'the first page')
  await importFiles(page, REAL_FILES.map((name) => join(CORPUS, name)))
  await assertAccessible(page, 'imports')

  await page.getByRole('link', { name: 'Receipt for google-2024.csv' }).first().click()
  await page.getByRole('heading', { name: 'google-2024.csv' }).waitFor()
  await page.getByRole('region', { name: 'Receipt lines' }).getByRole('row').nth(1).waitFor()
  await assertAccessible(page, 'a receipt')

  // The same file again changes nothing.
  await importFiles(page, [join(CORPUS, 'google-2024.csv')])
  let again
  await until(async () => {
    const list = await page.request.get('/api/v1/imports').then((answer) => answer.json())
    again = list.items.filter((item) => item.file_name === 'google-2024.csv' && item.status === 'succeeded')
    return again.length === 2
  }, 'the second import of the file')
  const second = again.sort((a, b) => (a.created_at < b.created_at ? -1 : 1))[1]
  assert.equal(second.counts.created + second.counts.merged + second.counts.updated, 0, JSON.stringify(second.counts))
  assert.ok(second.counts.unchanged > 0, JSON.stringify(second.counts))
  assert.deepEqual(faults, [])
  await context.close()
}))

test('2b. a file that is none is refused with what was expected', looking(async () => {
  const { context, page } = await visitor(browser, kith.url)
  await signUp(page, 'Alan Turing', 'alan@example.org')
  await goTo(page, 'Import')
  await page.getByLabel('Choose files to import').setInputFiles([file('noise.bin', '\0\x01\x02 no format at all \xff'.repeat(50))])
  await page.getByText(/LinkedIn/).filter({ hasText: /vCard|mbox|Google/ }).first().waitFor()
  await page.getByRole('button', { name: 'Dismiss noise.bin' }).waitFor()
  const people = await page.request.get('/api/v1/people').then((answer) => answer.json())
  assert.deepEqual(people.items, [])
  await context.close()
}))

test('3. people are searched while typing; one is opened, edited, noted and tagged', looking(async () => {
  const { context, page, faults } = await visitor(browser, kith.url)
  await signUp(page, 'Edsger Example', 'edsger@example.org')
  const mail = [1, 2, 3]
    .map((n) => `From x@y Thu Jan 0${n} 10:00:00 2026\nFrom: Edsger Example <edsger@example.org>\nTo: Barbara Beispiel <barbara@example.com>\nDate: Thu, 0${n} Oct 2026 10:00:00 +0000\nMessage-ID: <out${n}@example.org>\nSubject: hi\n\nhello\n\n` +
      `From x@y Thu Jan 0${n} 11:00:00 2026\nFrom: Barbara Beispiel <barbara@example.com>\nTo: edsger@example.org\nDate: Thu, 0${n} Oct 2026 11:00:00 +0000\nMessage-ID: <in${n}@example.com>\nSubject: re\n\nhello\n\n`)
    .join('')
  await importFiles(page, [
    file('cards.vcf', vcard('Barbara Beispiel', 'barbara@example.com', 'ORG:Globex\r\nTITLE:Engineer\r\nTEL;TYPE=CELL:+49 30 901820\r\n') + vcard('Bertram Other', 'bertram@example.com')),
    file('mail.mbox', mail),
  ])
  await goTo(page, 'People')
  const box = page.getByRole('searchbox', { name: 'Search people' })
  await box.pressSequentially('barb')
  const hit = page.getByRole('list', { name: 'People' }).getByRole('link', { name: /Barbara Beispiel/ }).first()
  await hit.waitFor()
  await until(async () => (await page.getByText('Bertram Other').count()) === 0, 'the others to go')
  await assertAccessible(page, 'people')
  await hit.click()

  await page.getByRole('heading', { name: 'Barbara Beispiel' }).waitFor()
  await page.getByText('barbara@example.com').first().waitFor()
  await page.getByText(/two-way mails?/).first().waitFor()
  const picture = page.getByRole('application', { name: /Network around/ })
  await picture.waitFor()
  await until(() => picture.evaluate(isPainted), 'the picture not to be blank')
  await assertAccessible(page, 'a person')

  await page.getByRole('textbox', { name: 'New note' }).fill('Met at the library.')
  await page.getByRole('button', { name: 'Add note' }).click()
  await page.getByText('Met at the library.').waitFor()
  await page.getByRole('textbox', { name: 'Add a tag' }).fill('library')
  await page.keyboard.press('Enter')
  await page.getByText('library', { exact: true }).first().waitFor()

  await page.getByRole('button', { name: 'Edit' }).first().click()
  const name = page.getByRole('textbox', { name: /^Name/ }).first()
  await name.fill('Barbara B. Beispiel')
  await page.getByRole('button', { name: /^Save/ }).click()
  await page.getByRole('heading', { name: 'Barbara B. Beispiel' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Barbara B. Beispiel' }).waitFor()
  await page.getByText('Met at the library.').waitFor()
  assert.deepEqual(faults, [])
  await context.close()
}))

test('5. the end of an import and a reminder are told live, without reloading', looking(async () => {
  const { context, page, faults } = await visitor(browser, kith.url)
  await signUp(page, 'Joan Clarke', 'joan@example.org')
  await importFiles(page, [file('one.vcf', vcard('Hedy Muster', 'hedy@example.com'))])
  await page.getByRole('button', { name: /Notifications, \d+ unread/ }).waitFor()
  await page.getByRole('button', { name: /Notifications/ }).click()
  await page.getByRole('dialog', { name: 'Notifications' }).getByText(/one\.vcf/).waitFor()
  await page.keyboard.press('Escape')

  const person = await page.request.get('/api/v1/people?q=hedy').then((answer) => answer.json())
  const due = new Date(Date.now() + 3_000).toISOString()
  const origin = { 'sec-fetch-site': 'same-origin' }
  const made = await page.request.post('/api/v1/reminders', {
    headers: origin,
    data: { person_id: person.items[0].id, label: 'Hedy Muster', note: 'Ask about radios', due_at: due },
  })
  assert.equal(made.status(), 201, await made.text())
  await page.getByRole('button', { name: /Notifications, [1-9]\d* unread/ }).waitFor()
  await until(async () => {
    const list = await page.request.get('/api/v1/notifications').then((answer) => answer.json())
    return list.items.some((item) => item.kind === 'reminder_due')
  }, 'the reminder to fall due')
  await goTo(page, 'Reminders')
  await page.getByRole('region', { name: 'Due' }).getByText('Ask about radios').waitFor()
  await assertAccessible(page, 'reminders')
  assert.deepEqual(faults, [])
  await context.close()
}))

test('6. a second account joins a circle; paths run through its book and stop when it withdraws', looking(async () => {
  const ana = await visitor(browser, kith.url)
  const bo = await visitor(browser, kith.url)
  await signUp(ana.page, 'Ana Anker', 'ana@example.org')
  await signUp(bo.page, 'Bo Brücke', 'bo@example.org')
  await importFiles(ana.page, [file('ana.vcf', vcard('Bo Brücke', 'bo@example.org'))])
  await importFiles(bo.page, [file('bo.vcf', vcard('Cy Ziel', 'cy@example.net', 'ORG:Initech\r\n'))])

  await goTo(ana.page, 'Circles')
  await ana.page.getByRole('button', { name: 'New circle' }).first().click()
  const dialog = ana.page.getByRole('dialog', { name: 'New circle' })
  await dialog.getByRole('textbox', { name: 'Name of the circle' }).fill('Alumni')
  await dialog.getByRole('button', { name: 'New circle' }).click()
  await ana.page.getByRole('heading', { name: 'Alumni' }).waitFor()
  await ana.page.getByRole('textbox', { name: 'E-mail address to invite' }).fill('bo@example.org')
  await ana.page.getByRole('button', { name: 'Invite' }).click()
  await ana.page.getByRole('list', { name: 'Open invitations' }).getByText('bo@example.org').waitFor()
  await assertAccessible(ana.page, 'a circle')

  await goTo(bo.page, 'Circles')
  const invitation = bo.page.getByRole('listitem').filter({ hasText: 'Alumni' }).first()
  await invitation.getByRole('button', { name: 'Accept' }).first().click()
  await bo.page.getByRole('radio', { name: 'Names' }).first().click()
  await bo.page.getByRole('form', { name: /Accept/ }).getByRole('button', { name: 'Accept' }).click()
  await bo.page.getByRole('heading', { name: 'Alumni' }).waitFor()
  const names = ana.page.getByRole('group', { name: 'What you share' }).getByRole('radio', { name: 'Names' })
  await names.click()

  await until(async () => {
    const found = await ana.page.request.get('/api/v1/people?q=cy').then((answer) => answer.json())
    return found.items.length === 1
  }, "Bo's contact to be found by Ana")
  await goTo(ana.page, 'Paths')
  await ana.page.getByRole('combobox', { name: /Who can introduce me/ }).fill('Cy Ziel')
  await ana.page.getByRole('option', { name: /Cy Ziel/ }).first().click()
  await ana.page.getByRole('article', { name: /You → Bo Brücke → Cy Ziel/ }).first().waitFor()
  await assertAccessible(ana.page, 'paths')

  // Bo withdraws; Ana asks again.
  await bo.page.getByRole('group', { name: 'What you share' }).getByRole('radio', { name: 'Nothing' }).click()
  await until(async () => {
    const found = await ana.page.request.get('/api/v1/people?q=cy').then((answer) => answer.json())
    return found.items.length === 0
  }, "Bo's contact to be hidden")
  await ana.page.reload()
  await until(async () => (await ana.page.getByRole('article', { name: /Cy Ziel/ }).count()) === 0, 'the path to be gone')
  assert.deepEqual([...ana.faults, ...bo.faults], [])
  await ana.context.close()
  await bo.context.close()
}))

test('4 and 7. a sample network shows a path of three steps in the first minute, as a list and as a picture', looking(async () => {
  const { context, page, faults } = await visitor(browser, kith.url)
  await signUp(page, 'New Comer', 'new@example.org')
  await page.getByRole('button', { name: 'Try a sample network' }).click()
  await page.getByRole('link', { name: 'Show me the way' }).click({ timeout: 120_000 })
  const best = page.getByRole('list', { name: /Paths, warmest first/ }).getByRole('article').first()
  await best.waitFor()
  await page.getByRole('article', { name: /You → .+ → .+ → Ada Lovelace/ }).first().waitFor()
  await page.getByText(/mails?|LinkedIn|circle/i).first().waitFor()
  const picture = page.getByRole('img', { name: /Picture of the path/ }).first()
  await picture.waitFor()
  const box = await picture.boundingBox()
  assert.ok(box.width > 100 && box.height > 50, JSON.stringify(box))
  await assertAccessible(page, 'the paths of the sample')

  await page.getByRole('combobox', { name: /Who can introduce me/ }).fill('Acme')
  await page.getByRole('option', { name: /Acme/ }).first().click()
  await page.getByRole('article', { name: /^You → / }).first().waitFor()
  assert.deepEqual(faults, [])
  await context.close()
}))

/** Whether the canvas in an element shows more than one colour. */
function isPainted(element) {
  const canvas = element.tagName === 'CANVAS' ? element : element.querySelector('canvas')
  if (!canvas || canvas.width === 0) return false
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const colours = new Set()
  for (let i = 0; i < data.length; i += 4 * 97) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`)
  return colours.size > 2
}
