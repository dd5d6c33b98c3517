import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import PeoplePage from './PeoplePage.vue'

const nobody = { body: { items: [], next: null, total: 0 } }

const person = (index: number) => ({
  id: `${index}`,
  display_name: `Person ${index}`,
  emails: [],
  tags: [],
  strength: 0,
  band: 'weak',
  owner: { id: 'me', display_name: 'Me', me: true },
})

describe('the people page', () => {
  it('searches what the URL says', async () => {
    const calls = serve(() => nobody)
    await mount(PeoplePage, { path: '/people?q=ada' })
    expect(screen.getByRole('searchbox', { name: 'Search people' })).toHaveProperty('value', 'ada')
    await expect.poll(() => calls.map((call) => call.query.get('q'))).toEqual(['ada'])
    expect(await screen.findByRole('heading', { name: 'Nobody matches' })).toBeDefined()
  })

  it('asks once after a pause in typing, and keeps the filter in the URL', async () => {
    const calls = serve(() => nobody)
    const { router } = await mount(PeoplePage, { path: '/people' })
    await userEvent.click(screen.getByRole('radio', { name: 'Mine' }))
    await userEvent.type(screen.getByRole('searchbox'), 'grace')
    await expect.poll(() => router.currentRoute.value.query).toEqual({ q: 'grace', owner: 'mine' })
    await expect.poll(() => calls.at(-1)?.query.get('q')).toBe('grace')
    expect(calls.filter((call) => call.query.get('q')?.startsWith('g'))).toHaveLength(1)
  })

  it('looks for people shared with me in a few pages, and further only when asked to', async () => {
    const calls = serve(({ query }) => {
      const from = Number(query.get('cursor') ?? 0)
      const items = Array.from({ length: 200 }, (_, index) => person(from + index))
      return { body: { items, next: `${from + 200}`, total: 25_000 } }
    })
    await mount(PeoplePage, { path: '/people?owner=shared' })
    expect(await screen.findByText('Looked at 1,000 of 25,000 people')).toBeDefined()
    expect(calls).toHaveLength(5)
    await userEvent.click(screen.getByRole('button', { name: 'Look further' }))
    expect(await screen.findByText('Looked at 1,200 of 25,000 people')).toBeDefined()
    expect(calls).toHaveLength(6)
  })

  it('says that nobody is shared with me, not that nobody matches', async () => {
    serve(() => nobody)
    await mount(PeoplePage, { path: '/people?owner=shared' })
    expect(await screen.findByRole('heading', { name: 'Nobody is shared with you' })).toBeDefined()
  })

  it('leads to the import when nobody is there yet', async () => {
    serve(() => nobody)
    await mount(PeoplePage, { path: '/people' })
    expect(await screen.findByRole('link', { name: 'Import files' })).toBeDefined()
  })
})
