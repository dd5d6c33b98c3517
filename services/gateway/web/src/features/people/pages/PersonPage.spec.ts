import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { useLiveUpdates } from '@/live/useLiveUpdates'
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
  tag: '"3"',
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

/** An event stream that a test speaks through. */
class FakeStream extends EventTarget {
  static open: FakeStream[] = []
  constructor() {
    super()
    FakeStream.open.push(this)
  }
  close(): void {}
  static tell(name: string, data: unknown): void {
    for (const stream of FakeStream.open) stream.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}
const WithStream = defineComponent({
  props: { id: { type: String, required: true } },
  setup(props) {
    useLiveUpdates()
    return () => h(PersonPage, { id: props.id })
  },
})

beforeEach(() => {
  sessionStorage.clear()
  FakeStream.open = []
  vi.stubGlobal('EventSource', FakeStream)
})

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
      call.method === 'PATCH' ? { body: { ...ada, version: 4, tag: '"4"', display_name: 'Ada King' } } : answer(call),
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

  it('keeps what another tab saved while the form was open, and sends only what was typed here', async () => {
    let server = ada
    const calls = serve((call) => {
      if (call.method !== 'PATCH') return answer(call, server)
      if (call.ifMatch !== `"${server.version}"`)
        return { status: 412, body: { type: 'urn:kith:problem:version-mismatch', title: 'Changed', status: 412 } }
      server = { ...server, version: server.version + 1 }
      return { body: server }
    })
    await mount(PersonPage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Edit' }))
    const dialog = await screen.findByRole('dialog', { name: 'Edit details' })
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Birthday' }), '1815-12-10')
    // Another tab saves an organisation meanwhile; no event of it has come yet.
    server = {
      ...ada,
      version: 4,
      tag: '"4"',
      employments: [{ organisation: 'Trinity College', title: 'Head', current: true, source: 'you' }],
    }
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull()
    expect(calls.filter(({ method }) => method === 'PATCH').map(({ body, ifMatch }) => ({ body, ifMatch }))).toEqual([
      { body: { birthday: '1815-12-10' }, ifMatch: '"3"' },
      { body: { birthday: '1815-12-10' }, ifMatch: '"4"' },
    ])
  })

  it('asks whose value it shall be when both tabs changed the same field', async () => {
    let server = ada
    const sent: unknown[] = []
    serve((call) => {
      if (call.method !== 'PATCH') return answer(call, server)
      if (call.ifMatch !== `"${server.version}"`)
        return { status: 412, body: { type: 'urn:kith:problem:version-mismatch', title: 'Changed', status: 412 } }
      sent.push(call.body)
      return { body: { ...server, version: server.version + 1 } }
    })
    await mount(PersonPage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Edit' }))
    const dialog = await screen.findByRole('dialog', { name: 'Edit details' })
    const role = within(dialog).getByRole('textbox', { name: 'Role' })
    await userEvent.clear(role)
    await userEvent.type(role, 'Countess')
    server = {
      ...ada,
      version: 4,
      tag: '"4"',
      employments: [{ organisation: 'Analytical Engines', title: 'Analyst', current: true, source: 'you' }],
    }
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    const question = await within(dialog).findByRole('group', { name: 'Role was changed elsewhere too' })
    expect(within(question).getByText('Analyst')).toBeDefined()
    expect(within(question).getByText('Countess')).toBeDefined()
    expect(sent).toEqual([])
    await userEvent.click(within(question).getByRole('button', { name: 'Keep yours' }))
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    await expect.poll(() => sent).toEqual([{ title: 'Countess' }])
  })

  it('keeps a tag and a note in their fields when the server does not take them', async () => {
    serve((call) => (call.method === 'GET' ? answer(call) : { status: 503, body: { title: 'Busy', status: 503 } }))
    await mount(PersonPage, { props: { id: '1' } })
    const tag = await screen.findByRole('textbox', { name: 'Add a tag' })
    await userEvent.type(tag, 'library{Enter}')
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
    expect(tag).toHaveProperty('value', 'library')
    const note = screen.getByRole('textbox', { name: 'New note' })
    await userEvent.type(note, 'Met at the library')
    await userEvent.click(screen.getByRole('button', { name: 'Add note' }))
    expect(note).toHaveProperty('value', 'Met at the library')
  })

  it('has what was typed into a note again after a reload', async () => {
    serve((call) => answer(call))
    const { unmount } = await mount(PersonPage, { props: { id: '1' } })
    await userEvent.type(await screen.findByRole('textbox', { name: 'New note' }), 'Met at the library')
    unmount()
    await mount(PersonPage, { props: { id: '1' } })
    expect(await screen.findByRole('textbox', { name: 'New note' })).toHaveProperty('value', 'Met at the library')
  })

  it('shows nothing of somebody who is not shared any more', async () => {
    let isShared = true
    serve((call) => (isShared ? answer(call, null) : undefined))
    await mount(WithStream, { props: { id: '1' } })
    expect(await screen.findByText('Shared with you')).toBeDefined()
    isShared = false
    FakeStream.tell('circle', { id: 'c' })
    expect(await screen.findByRole('heading', { name: 'This person is not here' })).toBeDefined()
    expect(screen.queryByText(/Ada/)).toBeNull()
  })

  it('takes a merge back', async () => {
    const merged = [
      {
        merge_id: 'm',
        person_id: '2',
        display_name: 'A. Lovelace',
        with: '1',
        reason: 'You merged them',
        by: 'you',
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
