import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import PeoplePage from './PeoplePage.vue'

const nobody = { body: { items: [], next: null, total: 0 } }

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

  it('leads to the import when nobody is there yet', async () => {
    serve(() => nobody)
    await mount(PeoplePage, { path: '/people' })
    expect(await screen.findByRole('link', { name: 'Import files' })).toBeDefined()
  })
})
