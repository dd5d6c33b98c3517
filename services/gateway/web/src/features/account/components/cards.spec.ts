import { useQueryCache, type QueryCache } from '@pinia/colada'
import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { theme } from '@/design/theme'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import type { Address } from '../api'
import AddressList from './AddressList.vue'
import AppearanceCard from './AppearanceCard.vue'
import PreferencesCard from './PreferencesCard.vue'
import SessionList from './SessionList.vue'

const busy = { status: 503, body: { title: 'Busy', status: 503 } }
const said = () => toasts.value.map(({ text }) => text)

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

describe('the appearance', () => {
  it('is light or dark for the whole page, until it follows the system again', async () => {
    await mount(AppearanceCard)
    const { dataset } = document.documentElement
    await userEvent.click(screen.getByRole('radio', { name: 'Dark' }))
    expect([dataset.theme, localStorage.getItem('kith.theme')]).toEqual(['dark', 'dark'])
    await userEvent.click(screen.getByRole('radio', { name: 'Follow the system' }))
    expect([dataset.theme, theme.value]).toEqual([undefined, 'system'])
  })
})

describe('the preferences', () => {
  const box = () => screen.findByRole('checkbox', { name: 'Send me a mail when a reminder is due' })

  it('wait for what holds, and are changed at once', async () => {
    const calls = serve(({ body }) => ({ body: body ?? { reminder_mail: true } }))
    await mount(PreferencesCard)
    expect(await box()).toHaveProperty('disabled', true)
    await expect.poll(box).toHaveProperty('checked', true)
    await userEvent.click(await box())
    await expect.poll(said).toEqual(['Saved'])
    expect(calls.at(-1)).toMatchObject({ method: 'PATCH', path: '/preferences', body: { reminder_mail: false } })
    expect(await box()).toHaveProperty('checked', false)
  })

  it('are as before when the change is refused', async () => {
    serve(({ method }) => (method === 'GET' ? { body: { reminder_mail: false } } : busy))
    await mount(PreferencesCard)
    await expect.poll(box).toHaveProperty('disabled', false)
    await userEvent.click(await box())
    await expect.poll(said).toEqual(['Busy'])
    expect(await box()).toHaveProperty('checked', false)
  })

  it('stay when they cannot be asked for again', async () => {
    let cache: QueryCache | undefined
    const Card = defineComponent(() => {
      cache = useQueryCache()
      return () => h(PreferencesCard)
    })
    let isDown = false
    serve(() => (isDown ? busy : { body: { reminder_mail: true } }))
    await mount(Card)
    await expect.poll(box).toHaveProperty('checked', true)
    isDown = true
    await cache?.invalidateQueries().catch(() => {})
    expect(await box()).toHaveProperty('checked', true)
    expect(screen.queryByRole('alert')).toBeNull()
  })
})

describe('where one is signed in', () => {
  const session = (id: string, user_agent: string | null, current = false) => ({
    id,
    user_agent,
    current,
    created_at: '2026-11-01T00:00:00Z',
    last_seen_at: new Date().toISOString(),
  })
  const here = session('s1', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0', true)
  const phone = session('s2', 'Mozilla/5.0 (iPhone) Safari/605', false)

  it('is listed by device, and can be ended anywhere but here', async () => {
    let items = [here, phone, session('s3', null)]
    const calls = serve(({ method }) => {
      if (method === 'DELETE') items = items.filter(({ id }) => id !== 's2')
      return { body: method === 'GET' ? { items } : undefined, status: method === 'GET' ? 200 : 204 }
    })
    await mount(SessionList)
    const rows = await screen.findAllByRole('listitem')
    expect(rows.map((row) => row.textContent)).toEqual([
      'Firefox on LinuxLast active nowThis device',
      'Safari on iOSLast active nowSign out',
      'Unknown deviceLast active nowSign out',
    ])
    expect(screen.queryByRole('button', { name: /Firefox/ })).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'Sign out Safari on iOS' }))
    await expect.poll(() => screen.queryByText('Safari on iOS')).toBeNull()
    expect(calls.find(({ method }) => method === 'DELETE')?.path).toBe('/sessions/s2')
    expect(said()).toEqual(['That device is signed out'])
  })

  it('says so when a session cannot be ended, and keeps the list when that cannot be asked for', async () => {
    let isDown = false
    serve(() => (isDown ? busy : { body: { items: [here, phone] } }))
    await mount(SessionList)
    const button = await screen.findByRole('button', { name: 'Sign out Safari on iOS' })
    isDown = true
    await userEvent.click(button)
    await expect.poll(() => toasts.value).toMatchObject([{ text: 'Busy', tone: 'bad' }])
    expect(screen.getAllByRole('listitem')).toHaveLength(2)
    expect(screen.queryByRole('alert')).toBeNull()
  })
})

describe('the addresses of an account', () => {
  const mail: Address = { id: 'a1', kind: 'email', value: 'emmy@example.org', verified: false }
  const show = (answer: { status?: number; body?: object }, addresses = [mail]) => {
    const calls = serve(({ method }) => (method === 'GET' ? { body: {} } : answer))
    return mount(AddressList, { props: { addresses } }).then((view) => ({ calls, ...view }))
  }
  const add = () => userEvent.click(screen.getByRole('button', { name: 'Add address' }))
  const form = () => screen.getByRole('form', { name: 'Add address' })
  const fill = async (text: string) => {
    await add()
    await userEvent.type(within(form()).getByRole('textbox', { name: 'Address' }), text)
    await userEvent.click(within(form()).getByRole('button', { name: 'Add address' }))
  }
  const invalid = (detail: string, pointer: string) => ({
    status: 422,
    body: { title: 'Some fields are not valid', status: 422, errors: [{ pointer, detail }] },
  })

  it('say what each is worth', async () => {
    await show({}, [
      { ...mail, verified: true },
      { ...mail, id: 'a2' },
      { ...mail, id: 'a3', kind: 'phone' },
    ])
    expect(screen.getAllByText(/^(Verified|Not verified|Claimed)$/).map((badge) => badge.textContent)).toEqual([
      'Verified',
      'Not verified',
      'Claimed',
    ])
    expect(screen.getAllByRole('form')).toHaveLength(1)
  })

  it('are added as what they are', async () => {
    const { calls } = await show({ status: 201, body: mail })
    await add()
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Kind' }), 'Phone')
    await userEvent.type(within(form()).getByRole('textbox', { name: 'Address' }), ' 0123 {Enter}')
    await expect.poll(() => screen.queryByRole('form', { name: 'Add address' })).toBeNull()
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/me/addresses', body: { kind: 'phone', value: '0123' } })
  })

  it('say at the field what is wrong with the one that is added', async () => {
    await show(invalid('expected an e-mail address', '/value'))
    await fill('emmy')
    expect(await screen.findByText('expected an e-mail address')).toBeDefined()
    expect(within(form()).getByRole('textbox').getAttribute('aria-invalid')).toBe('true')
  })

  it('say at the kind what is wrong with it', async () => {
    await show(invalid('expected another kind', '/kind'))
    await fill('emmy')
    expect(await screen.findByText('expected another kind')).toBeDefined()
    expect(screen.getByRole('combobox', { name: 'Kind' }).getAttribute('aria-invalid')).toBe('true')
  })

  it('show again the one that was being added, until that is cancelled', async () => {
    const { unmount } = await show({})
    await add()
    await userEvent.type(within(form()).getByRole('textbox'), 'ada')
    unmount()
    await show({})
    expect(within(form()).getByRole('textbox')).toHaveProperty('value', 'ada')
    await userEvent.click(within(form()).getByRole('button', { name: 'Cancel' }))
    await add()
    expect(within(form()).getByRole('textbox')).toHaveProperty('value', '')
  })

  it('are verified by the code of the mail, and say what is wrong with it', async () => {
    const { calls } = await show(busy)
    const verify = screen.getByRole('form', { name: 'Verify emmy@example.org' })
    const code = within(verify).getByRole('textbox', { name: 'Verification code' })
    await userEvent.type(code, ' 123456 {Enter}')
    expect(await within(verify).findByText('Busy')).toBeDefined()
    expect(code.getAttribute('aria-invalid')).toBe('true')
    expect(calls).toMatchObject([{ path: '/me/addresses/a1/verification', body: { code: '123456' } }])
  })

  it('are sent another code, and removed, by name', async () => {
    const { calls } = await show({ status: 204 })
    await userEvent.click(screen.getByRole('button', { name: 'Send code again' }))
    await expect.poll(said).toEqual(['A new code is on its way'])
    await userEvent.click(screen.getByRole('button', { name: 'Remove emmy@example.org' }))
    await expect
      .poll(() => calls.map(({ method, path }) => `${method} ${path}`))
      .toEqual(['POST /me/addresses/a1/verification-mails', 'DELETE /me/addresses/a1', 'GET /me'])
  })
})
