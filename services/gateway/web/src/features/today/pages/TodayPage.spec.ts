import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { setMe } from '@/features/account/session'
import { mount, serve } from '@/testing/render'
import TodayPage from './TodayPage.vue'

const counts = { records: 9, created: 9, merged: 0, updated: 0, unchanged: 0, left_out: 0, rejected: 0 }
const done = {
  id: '1',
  file_name: 'sample.vcf',
  format: 'vcard',
  status: 'succeeded',
  stage: null,
  created_at: '2026-11-22T00:00:00Z',
  started_at: null,
  finished_at: null,
  bytes_total: 1,
  bytes_done: 1,
  counts,
  problem: null,
}
const person = (id: string, me = false) => ({ id, display_name: id, organisation: null, me, account_id: null })
const ada = {
  id: 'ada',
  display_name: 'Ada Lovelace',
  organisation: 'Acme',
  title: null,
  emails: [],
  tags: [],
  strength: 0,
  owner: { account_id: '2', display_name: 'Ana', me: false },
}
const step = { strength: 0.5, evidence: [] }
const path = {
  people: [person('me', true), person('a'), person('b'), person('ada')],
  steps: [step, step, step],
  score: 0.1,
}
const page = (items: unknown[], extra = {}) => ({ body: { items, next: null, ...extra } })

/** Today with these invitations; null: they could not be had. */
const show = async (invitations: unknown[] | null) => {
  serve(({ path: at }) => {
    if (at === '/imports') return page([done])
    if (at === '/people') return page([], { total: 9 })
    if (at === '/invitations') return invitations ? page(invitations) : { status: 503, body: { status: 503 } }
    return page([])
  })
  return await mount(TodayPage)
}

describe('today', () => {
  it('offers files or a sample to somebody who has nothing, and leads from the sample to a path of three steps', async () => {
    setMe({
      id: '9',
      email: 'e@example.org',
      display_name: 'Emmy Noether',
      time_zone: 'UTC',
      region: null,
      created_at: '',
      version: 1,
      tag: '"1"',
      addresses: [],
    })
    let made = false
    serve(({ method, path: at }) => {
      if (method === 'POST' && at === '/sample-network') {
        made = true
        return { status: 202, body: { circle_id: '1', accounts: [] } }
      }
      if (at === '/imports') return page(made ? [done] : [])
      if (at === '/people') return page(made ? [ada] : [], { total: made ? 1 : 0 })
      if (at === '/paths') return page([path], { approximate: false })
      return page([], { unread: 0 })
    })
    await mount(TodayPage)
    expect(await screen.findByRole('heading', { name: 'Welcome, Emmy' })).toBeDefined()
    expect(screen.getByLabelText('Choose files to import')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Try a sample network' }))
    const way = await screen.findByRole('link', { name: 'Show me the way' })
    expect(way.getAttribute('href')).toBe('/paths?to=ada')
    expect(screen.getByText(/You do not know Ada Lovelace\. But there is a way, in 3 steps/)).toBeDefined()
  })

  it('shows what is due before anything else to somebody who has people', async () => {
    const reminder = {
      id: 'r',
      person_id: null,
      label: null,
      note: 'Call Ada',
      due_at: '2020-01-01T00:00:00Z',
      status: 'due',
      created_at: '2020-01-01T00:00:00Z',
      version: 1,
      tag: '"1"',
    }
    serve(({ path: at }) => {
      if (at === '/imports') return page([done])
      if (at === '/people') return page([], { total: 9 })
      return page(at === '/reminders' ? [reminder] : [])
    })
    await mount(TodayPage)
    expect(await screen.findByRole('button', { name: 'Done: Call Ada' })).toBeDefined()
    expect(screen.queryByRole('button', { name: 'Try a sample network' })).toBeNull()
  })

  it('says that nothing waits only when it knows: not over an invitation, and not without an answer', async () => {
    const invitation = {
      id: 'i',
      circle: { id: 'c', name: 'Alumni' },
      invited_by: { account_id: '2', display_name: 'Ana' },
      created_at: '2026-11-01T00:00:00Z',
      expires_at: '2026-12-01T00:00:00Z',
    }
    const nothing = 'Nothing is waiting for you.'
    const waiting = await show([invitation])
    expect(await screen.findByText(/Ana invites you to Alumni/)).toBeDefined()
    expect(screen.queryByText(nothing)).toBeNull()
    waiting.unmount()
    const unknown = await show(null)
    expect(await screen.findByRole('heading', { level: 1 })).toBeDefined()
    expect(screen.queryByText(nothing)).toBeNull()
    unknown.unmount()
    await show([])
    expect(await screen.findByText(nothing)).toBeDefined()
  })
})
