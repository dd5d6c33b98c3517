import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import type { Circle, Sharing } from '../api'
import CirclePage from './CirclePage.vue'

const circleWith = (sharing: Sharing, emails: string[] = []): Circle => ({
  id: '1',
  name: 'Analytical Society',
  version: 1,
  members: [
    { account_id: 'me', display_name: 'Emmy', email: 'emmy@example.org', status: 'active', sharing, me: true },
    { account_id: 'ana', display_name: 'Ana', email: 'ana@example.org', status: 'active', sharing: 'name', me: false },
  ],
  invitations: emails.map((email) => ({
    id: email,
    email,
    created_at: '2026-11-01T00:00:00Z',
    expires_at: '2026-12-01T00:00:00Z',
  })),
  exceptions: [{ tag: 'family', sharing: 'hidden' }],
})

beforeEach(() => sessionStorage.clear())

describe('the page of a circle', () => {
  it('changes what I share at once', async () => {
    let sharing: Sharing = 'hidden'
    const calls = serve(({ body }) => {
      if (body) sharing = (body as { sharing: Sharing }).sharing
      return { body: circleWith(sharing) }
    })
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('radio', { name: 'Names' }))
    await expect.poll(() => screen.getByRole<HTMLInputElement>('radio', { name: 'Names' }).checked).toBe(true)
    expect(calls.find(({ method }) => method === 'PATCH')).toMatchObject({
      path: '/circles/1/membership',
      body: { sharing: 'name' },
    })
  })

  it('goes back to what holds when the change is refused', async () => {
    serve(({ method }) =>
      method === 'PATCH' ? { status: 503, body: { title: 'Busy', status: 503 } } : { body: circleWith('hidden') },
    )
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('radio', { name: 'Names' }))
    await expect.poll(() => screen.getByRole<HTMLInputElement>('radio', { name: 'Nothing' }).checked).toBe(true)
  })

  it('keeps the other exceptions when one is added', async () => {
    const calls = serve(() => ({ body: circleWith('name') }))
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Add exception' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), 'work')
    await userEvent.click(screen.getByRole('button', { name: 'Add exception' }))
    await expect
      .poll(() => calls.find(({ method }) => method === 'PATCH')?.body)
      .toEqual({
        exceptions: [
          { tag: 'family', sharing: 'hidden' },
          { tag: 'work', sharing: 'hidden' },
        ],
      })
  })

  it('keeps an exception that another tab added meanwhile', async () => {
    let server = circleWith('name')
    const sent: unknown[] = []
    serve(({ method, body, ifMatch }) => {
      if (method !== 'PATCH') return { body: server }
      if (ifMatch !== `"${server.version}"`)
        return { status: 412, body: { type: 'urn:kith:problem:version-mismatch', title: 'Changed', status: 412 } }
      sent.push(body)
      return { body: server }
    })
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Add exception' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), 'work')
    const clients = { tag: 'clients', sharing: 'hidden' as const }
    server = { ...server, version: 2, exceptions: [...server.exceptions, clients] }
    await userEvent.click(screen.getByRole('button', { name: 'Add exception' }))
    await expect
      .poll(() => sent)
      .toEqual([{ exceptions: [{ tag: 'family', sharing: 'hidden' }, clients, { tag: 'work', sharing: 'hidden' }] }])
  })

  it('asks which level an exception shall have that another tab set to something else meanwhile', async () => {
    let server = circleWith('name')
    const sent: unknown[] = []
    serve(({ method, body, ifMatch }) => {
      if (method !== 'PATCH') return { body: server }
      if (ifMatch !== `"${server.version}"`)
        return { status: 412, body: { type: 'urn:kith:problem:version-mismatch', title: 'Changed', status: 412 } }
      sent.push(body)
      return { body: server }
    })
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.click(await screen.findByRole('button', { name: 'Add exception' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), 'work')
    server = { ...server, version: 2, exceptions: [{ tag: 'work', sharing: 'organisation' }] }
    await userEvent.click(screen.getByRole('button', { name: 'Add exception' }))
    const question = await screen.findByRole('group', { name: 'This exception was changed elsewhere too' })
    expect(sent).toEqual([])
    await userEvent.click(within(question).getByRole('button', { name: 'Keep yours' }))
    await expect.poll(() => sent).toEqual([{ exceptions: [{ tag: 'work', sharing: 'hidden' }] }])
  })

  it('invites by e-mail and lists who has not answered', async () => {
    const emails: string[] = []
    serve(({ method, body }) => {
      if (method === 'POST') emails.push((body as { email: string }).email)
      return { status: method === 'POST' ? 201 : 200, body: circleWith('name', emails) }
    })
    await mount(CirclePage, { props: { id: '1' } })
    await userEvent.type(await screen.findByRole('textbox', { name: 'E-mail address to invite' }), 'grace@example.org')
    await userEvent.click(screen.getByRole('button', { name: 'Invite' }))
    const open = await screen.findByRole('list', { name: 'Open invitations' })
    expect(within(open).getByText('grace@example.org')).toBeDefined()
  })

  it('says so when the circle is gone', async () => {
    serve(() => undefined)
    await mount(CirclePage, { props: { id: '1' } })
    expect(await screen.findByRole('heading', { name: 'This circle is not here' })).toBeDefined()
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('asks before leaving', async () => {
    const calls = serve(() => ({ body: circleWith('name') }))
    const { router } = await mount(CirclePage, { props: { id: '1' }, path: '/circles/1' })
    await userEvent.click(await screen.findByRole('button', { name: 'Leave circle' }))
    expect(calls.some(({ method }) => method === 'DELETE')).toBe(false)
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Leave circle' }))
    await expect.poll(() => router.currentRoute.value.name).toBe('circles')
    expect(calls.some(({ method, path }) => method === 'DELETE' && path === '/circles/1/membership')).toBe(true)
  })
})
