import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve, type Call } from '@/testing/render'
import type { Person } from '../api'
import PersonPage from './PersonPage.vue'

const source = (name: string, file_name?: string) => ({
  record_id: name,
  source: name,
  file_name,
  observed_at: '2026-11-01T00:00:00Z',
})
const ada: Person = {
  id: '1',
  version: 3,
  display_name: 'Ada Lovelace',
  fields: [
    {
      name: 'email',
      value: 'ada@example.org',
      preferred: true,
      sources: [source('linkedin', 'Connections.csv'), source('vcard', 'contacts.vcf')],
    },
  ],
  employments: [{ organisation: 'Analytical Engines', title: 'Head', current: true, source: 'linkedin' }],
  merged: [],
}
const around = {
  nodes: [
    {
      id: '1',
      person_id: '1',
      display_name: 'Ada Lovelace',
      organisation: 'Acme',
      me: false,
      centre: true,
      x: 0,
      y: 0,
    },
  ],
  edges: [],
}

function answer(call: Call, person: Person | null = ada) {
  if (call.path.endsWith('/ties')) return { body: { items: [], next: null } }
  if (call.path.endsWith('/neighbourhood')) return { body: around }
  if (call.path.endsWith('/annotations')) return { body: { tags: [], notes: [] } }
  if (call.path === '/people/1' && person) return { body: person }
  return undefined
}

describe('the page of a person', () => {
  it('says of each value where it comes from', async () => {
    serve((call) => answer(call))
    await mount(PersonPage, { props: { id: '1' } })
    const about = await screen.findByRole('region', { name: 'About' })
    expect(within(about).getByText('vCard')).toBeDefined()
    await userEvent.click(within(about).getByText('ada@example.org'))
    expect(within(about).getByText(/Connections\.csv/)).toBeDefined()
    expect(within(about).getByRole('link', { name: 'Open ada@example.org' }).getAttribute('href')).toBe(
      'mailto:ada@example.org',
    )
  })

  it('saves only what was edited, against the version that was shown', async () => {
    const calls = serve((call) =>
      call.method === 'PATCH' ? { body: { ...ada, version: 4, display_name: 'Ada King' } } : answer(call),
    )
    await mount(PersonPage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Edit' }))
    const dialog = await screen.findByRole('dialog', { name: 'Edit details' })
    const name = within(dialog).getByRole('textbox', { name: 'Name' })
    await userEvent.clear(name)
    await userEvent.type(name, 'Ada King')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    expect(await screen.findByRole('heading', { name: 'Ada King', level: 1 })).toBeDefined()
    expect(calls.find(({ method }) => method === 'PATCH')).toMatchObject({
      path: '/people/1',
      body: { display_name: 'Ada King' },
      ifMatch: '"3"',
    })
  })

  it('takes a merge back', async () => {
    const merged = [
      {
        merge_id: 'm',
        person_id: '2',
        display_name: 'A. Lovelace',
        reason: 'You merged them',
        at: '2026-11-01T00:00:00Z',
      },
    ]
    const calls = serve((call) => (call.method === 'DELETE' ? { body: ada } : answer(call, { ...ada, merged })))
    await mount(PersonPage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Undo merge: A. Lovelace' }))
    await expect.poll(() => screen.queryByText('A. Lovelace')).toBeNull()
    expect(calls.some(({ method, path }) => method === 'DELETE' && path === '/people/1/merges/m')).toBe(true)
  })

  it('shows of somebody else’s person what the circle shows, and the way there', async () => {
    serve((call) => answer(call, null))
    await mount(PersonPage, { props: { id: '1' } })
    expect(await screen.findByText('Shared with you')).toBeDefined()
    expect(screen.getByRole('link', { name: 'How do I reach them?' }).getAttribute('href')).toBe('/paths?to=1')
    expect(screen.queryByRole('button', { name: 'Edit' })).toBeNull()
  })

  it('says so when nobody is there', async () => {
    serve(() => undefined)
    await mount(PersonPage, { props: { id: '1' } })
    expect(await screen.findByRole('heading', { name: 'This person is not here' })).toBeDefined()
  })
})
