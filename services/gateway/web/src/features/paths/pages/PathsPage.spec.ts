import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import PathsPage from './PathsPage.vue'

const person = (id: string, display_name: string) => ({
  id,
  display_name,
  organisation: null,
  me: false,
  account_id: null,
})
const me = { ...person('', 'Emmy Noether'), id: null, me: true }
const mail = (summary: string) => ({ kind: 'mail', summary, source: 'mail', via: null })
const found = {
  items: [
    {
      people: [me, person('1', 'Ana'), person('2', 'Bo')],
      steps: [
        { strength: 0.9, evidence: [mail('48 two-way mails, last 9 days ago')] },
        { strength: 0.32, evidence: [mail('2 small-group mails')] },
      ],
      score: 0.23,
    },
    {
      people: [me, person('3', 'Chidi'), person('2', 'Bo')],
      steps: [
        { strength: 0.2, evidence: [] },
        { strength: 0.3, evidence: [] },
      ],
      score: 0.05,
    },
  ],
  next: null,
  approximate: false,
}

describe('the paths page', () => {
  it('ranks the ways, with evidence, score and the weakest link by name', async () => {
    const calls = serve(({ path }) => (path === '/paths' ? { body: found } : undefined))
    await mount(PathsPage, { path: '/paths?to=2' })
    const first = await screen.findByRole('article', { name: 'You → Ana → Bo' })
    expect(within(first).getByText('48 two-way mails, last 9 days ago')).toBeDefined()
    expect(within(first).getByText('23')).toBeDefined()
    expect(within(first).getByText(/Weakest link: Ana → Bo, 32/)).toBeDefined()
    expect(screen.getByRole('combobox', { name: 'Who can introduce me to…' })).toHaveProperty('value', 'Bo')
    expect(calls.find(({ path }) => path === '/paths')?.query.get('to')).toBe('2')
  })

  it('shows another path in the picture when it is chosen', async () => {
    serve(({ path }) => (path === '/paths' ? { body: found } : undefined))
    await mount(PathsPage, { path: '/paths?to=2' })
    const second = await screen.findByRole('button', { name: 'Show in the picture: You → Chidi → Bo' })
    expect(second.getAttribute('aria-pressed')).toBe('false')
    await userEvent.click(second)
    expect(second.getAttribute('aria-pressed')).toBe('true')
  })

  it('explains what helps when there is no way', async () => {
    serve(({ path }) => (path === '/paths' ? { body: { items: [], next: null, approximate: false } } : undefined))
    await mount(PathsPage, { path: '/paths?to_organisation=Acme' })
    expect(await screen.findByRole('heading', { name: 'No way to Acme yet' })).toBeDefined()
    expect(screen.getByRole('link', { name: 'Import files' })).toBeDefined()
  })

  it('puts the target that is picked into the URL', async () => {
    serve(({ path }) => {
      if (path === '/people') return { body: { items: [], next: null, total: 0 } }
      if (path === '/organisations') return { body: { items: [{ name: 'Acme', people: 3 }], next: null } }
      return path === '/paths' ? { body: found } : undefined
    })
    const { router } = await mount(PathsPage, { path: '/paths' })
    await userEvent.type(screen.getByRole('combobox'), 'acm')
    await userEvent.click(await screen.findByRole('option', { name: /Acme/ }))
    await expect.poll(() => router.currentRoute.value.query).toEqual({ to_organisation: 'Acme' })
  })
})
