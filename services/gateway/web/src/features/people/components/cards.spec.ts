import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import { person } from '@/testing/samples'
import type { PersonField } from '../api'
import AboutCard from './AboutCard.vue'
import RecordsCard from './RecordsCard.vue'

const source = (source: string, file_name?: string) => ({
  record_id: source,
  source,
  file_name,
  observed_at: '2026-11-01T12:00:00Z',
})
const field = (name: string, value: string, more: Partial<PersonField> = {}): PersonField => ({
  name,
  value,
  preferred: false,
  sources: [source('vcard')],
  ...more,
})
const about = (fields: PersonField[], more = {}) =>
  mount(AboutCard, { props: { person: person('Ada Lovelace', { fields, ...more }) } })

describe('the card about a person', () => {
  it('names each kind of value once, with the preferred one first', async () => {
    await about([
      field('phone', '0123'),
      field('email', 'ada@example.com'),
      field('email', 'ada@example.org', { preferred: true }),
    ])
    const card = screen.getByRole('region', { name: 'About' })
    expect(
      within(card)
        .getAllByRole('term')
        .map((term) => term.textContent),
    ).toEqual(['E-mail', 'Phone'])
    expect(
      within(card)
        .getAllByRole('link')
        .map((link) => link.getAttribute('href')),
    ).toEqual(['mailto:ada@example.org', 'mailto:ada@example.com', 'tel:0123'])
  })

  it('follows no link but those of the web, and gives that page no way back', async () => {
    await about([field('url', 'javascript:alert(1)'), field('url', 'https://example.org/ada')])
    const link = screen.getByRole('link')
    expect(link.getAttribute('href')).toBe('https://example.org/ada')
    expect([link.getAttribute('target'), link.getAttribute('rel')]).toEqual(['_blank', 'noreferrer noopener'])
  })

  it('says once from which files a value is, and which one when it is opened', async () => {
    await about([field('email', 'ada@example.org', { sources: [source('mail', 'a.mbox'), source('mail', 'b.mbox')] })])
    expect(screen.getAllByText('Mail')).toHaveLength(1)
    await userEvent.click(screen.getByTitle('Sources of ada@example.org'))
    expect(screen.getByRole('group')).toHaveProperty('open', true)
    const files = within(screen.getByRole('group')).getAllByRole('listitem')
    expect(files.map((file) => file.textContent)).toEqual(['Mail, a.mbox, Nov 1, 2026', 'Mail, b.mbox, Nov 1, 2026'])
  })

  it('shows work that is over as such', async () => {
    const job = { organisation: 'Analytical Engines', title: 'Head', source: 'linkedin' }
    await about([], {
      employments: [
        { ...job, current: true },
        { ...job, organisation: 'Court', current: false },
      ],
    })
    const [now, before] = screen.getAllByRole('listitem')
    expect(now?.textContent).toBe('Analytical Engines, HeadLinkedIn')
    expect(before?.textContent).toBe('Court, HeadFormerLinkedIn')
  })

  it('says so when nothing is known', async () => {
    await about([])
    expect(screen.getByText('No details are known yet.')).toBeDefined()
  })
})

describe('the card of records', () => {
  const record = {
    id: 'r1',
    source: 'vcard',
    file_name: 'contacts.vcf',
    position: 'card 3',
    observed_at: '2026-11-01T12:00:00Z',
    raw: 'BEGIN:VCARD\nFN:Ada',
  }
  const openIt = () => userEvent.click(screen.getByText('Source records'))
  const takeOut = () => Promise.resolve<string | undefined>('Ada King')

  it('asks for them when it is opened, and shows them word for word with their place', async () => {
    const calls = serve(() => ({ body: { items: [record] } }))
    await mount(RecordsCard, { props: { id: '1', takeOut } })
    await userEvent.hover(screen.getByText('Source records'))
    expect(calls).toEqual([])
    await openIt()
    const figure = await screen.findByRole('figure')
    expect(figure.textContent).toContain('vCard, contacts.vcf, card 3, Nov 1, 2026')
    expect(within(figure).getByLabelText('Source records: vCard').textContent).toBe(record.raw)
    expect(calls).toMatchObject([{ path: '/people/1/records' }])
  })

  it('takes one of several out of the person, and tells who it is now', async () => {
    const second = { ...record, id: 'r2', source: 'google', position: 'line 4' }
    serve(() => ({ body: { items: [record, second] } }))
    const taken: string[] = []
    const takeOut = (id: string) => (taken.push(id), Promise.resolve('Ada King'))
    await mount(RecordsCard, { props: { id: '1', takeOut } })
    await openIt()
    await userEvent.click(await screen.findByRole('button', { name: 'Not this person: Google line 4' }))
    expect(taken).toEqual(['r2'])
    expect(toasts.value.map(({ text }) => text)).toContain('Ada King is a person of its own now')
  })

  it('offers to take out nothing where it is all there is', async () => {
    serve(() => ({ body: { items: [record] } }))
    await mount(RecordsCard, { props: { id: '1', takeOut } })
    await openIt()
    await screen.findByRole('figure')
    expect(screen.queryByRole('button', { name: /Not this person/ })).toBeNull()
  })

  it('says so when they cannot be asked for, and tries again', async () => {
    let isDown = true
    serve(() => (isDown ? { status: 503, body: { title: 'Busy', status: 503 } } : { body: { items: [record] } }))
    await mount(RecordsCard, { props: { id: '1', takeOut } })
    await openIt()
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
    isDown = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('figure')).toBeDefined()
  })
})
