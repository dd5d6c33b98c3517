import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import type { Notification } from '../api'
import NotificationBell from './NotificationBell.vue'

const news = (id: string, title: string, more: Partial<Notification> = {}): Notification => ({
  id,
  title,
  kind: 'reminder_due',
  created_at: new Date().toISOString(),
  read_at: null,
  ...more,
})

/** A server that knows what was read. */
async function show(items: Notification[]) {
  const calls = serve(({ method, path }) => {
    const isRead = (id: string) => path === '/notifications/read-all' || path === `/notifications/${id}`
    if (method !== 'GET')
      items = items.map((item) => (isRead(item.id) ? { ...item, read_at: new Date().toISOString() } : item))
    return { body: { items, unread: items.filter(({ read_at }) => !read_at).length } }
  })
  const view = await mount(NotificationBell)
  return { calls, changes: () => calls.filter(({ method }) => method !== 'GET').map(({ path }) => path), ...view }
}
const bell = (name: string) => screen.findByRole('button', { name })
async function openList(name: string) {
  const button = await bell(name)
  button.focus()
  await userEvent.keyboard('{Enter}')
  return screen.findByRole('dialog', { name: 'Notifications' })
}

describe('the bell', () => {
  it('says how many are unread, by its name and aloud', async () => {
    await show([news('1', 'Call Ada'), news('2', 'Call Bo', { read_at: '2026-11-01T00:00:00Z' })])
    expect(await bell('Notifications, 1 unread')).toBeDefined()
    expect(screen.getByRole('status').textContent).toBe('1 unread notification')
  })

  it('leads where a notification does, which is read then', async () => {
    const { router, changes } = await show([news('1', 'Contacts imported', { link: '/import/i1' })])
    const list = await openList('Notifications, 1 unread')
    await userEvent.click(within(list).getByRole('button', { name: /Contacts imported.*Unread/ }))
    await expect.poll(() => router.currentRoute.value.path).toBe('/import/i1')
    expect(await bell('Notifications')).toBeDefined()
    expect(changes()).toEqual(['/notifications/1'])
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('says nothing to the server of one that was read before', async () => {
    const { router, changes } = await show([news('1', 'Call Ada', { read_at: '2026-11-01T00:00:00Z' })])
    const list = await openList('Notifications')
    const row = within(list).getByRole('button', { name: /Call Ada/ })
    expect(row.textContent).not.toContain('Unread')
    await userEvent.click(row)
    await expect.poll(() => router.currentRoute.value.name).toBe('reminders')
    expect(changes()).toEqual([])
  })

  it('never leads to another site', async () => {
    const { router } = await show([news('1', 'Call Ada', { link: '//example.com/' })])
    const list = await openList('Notifications, 1 unread')
    await userEvent.click(within(list).getByRole('button', { name: /Call Ada/ }))
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/reminders')
  })

  it('marks all as read at once, and stays open', async () => {
    const { changes } = await show([news('1', 'Call Ada'), news('2', 'Call Bo')])
    const list = await openList('Notifications, 2 unread')
    await userEvent.click(within(list).getByRole('button', { name: 'Mark all as read' }))
    await expect.poll(() => within(list).queryByRole('button', { name: 'Mark all as read' })).toBeNull()
    expect(within(list).queryByText('Unread')).toBeNull()
    expect(changes()).toEqual(['/notifications/read-all'])
  })

  it('says so when there is nothing', async () => {
    await show([])
    const list = await openList('Notifications')
    expect(within(list).getByText(/^All quiet/)).toBeDefined()
    expect(screen.getByRole('status').textContent).toBe('')
  })
})
