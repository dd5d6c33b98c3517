import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { computed, defineComponent, h } from 'vue'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import type { Me } from '../api'
import { me, setMe } from '../session'
import ProfileForm from './ProfileForm.vue'

const emmy: Me = {
  id: 'emmy',
  email: 'emmy@example.org',
  display_name: 'Emmy Noether',
  time_zone: 'Europe/Berlin',
  region: 'DE',
  version: 3,
  tag: '"3"',
  created_at: '2026-11-01T00:00:00Z',
  addresses: [],
}
/** The form over whoever is signed in, as the page of settings has it. */
const Profile = defineComponent(() => {
  const signedIn = computed(() => me.value ?? emmy)
  return () => h(ProfileForm, { me: signedIn.value })
})

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
  setMe(emmy)
})

/** A server that has the account as given, whatever this browser knows of it. */
async function show(server: Me = emmy, answer?: { status: number; body: object }) {
  const calls = serve(({ method, body, ifMatch }) => {
    if (method === 'GET') return { body: server }
    if (answer) return answer
    if (ifMatch !== `"${server.version}"`)
      return { status: 412, body: { type: 'urn:kith:problem:version-mismatch', title: 'Changed', status: 412 } }
    server = { ...server, ...(body as Partial<Me>), version: server.version + 1 }
    return { body: server }
  })
  await mount(Profile)
  return () => calls.filter(({ method }) => method === 'PATCH').map(({ body }) => body)
}
const field = (name: string) => screen.getByLabelText(name)
async function write(name: string, text: string) {
  await userEvent.clear(field(name))
  if (text) await userEvent.type(field(name), text)
}
const save = () => userEvent.click(screen.getByRole('button', { name: 'Save' }))
const isSaved = () => expect.poll(() => toasts.value.map(({ text }) => text)).toEqual(['Saved'])

describe('the form of a profile', () => {
  it('sends what was changed, a country in capitals', async () => {
    const sent = await show()
    await write('Country for phone numbers', 'gb')
    await save()
    await isSaved()
    expect(sent()).toEqual([{ region: 'GB' }])
    expect(field('Country for phone numbers')).toHaveProperty('value', 'GB')
  })

  it('takes the country away where the field is emptied', async () => {
    const sent = await show()
    await write('Country for phone numbers', '')
    await save()
    await isSaved()
    expect(sent()).toEqual([{ region: null }])
  })

  it('proposes time zones, and says at the field which one nobody knows', async () => {
    const errors = [{ pointer: '/time_zone', detail: 'expected a time zone' }]
    await show(emmy, { status: 422, body: { title: 'Some fields are not valid', status: 422, errors } })
    const zone = field('Time zone') as HTMLInputElement
    expect([...(zone.list?.options ?? [])].map(({ value }) => value)).toContain('Europe/Berlin')
    await write('Time zone', 'Atlantis/Capital')
    await save()
    expect(await screen.findByText('expected a time zone')).toBeDefined()
    expect(zone.getAttribute('aria-invalid')).toBe('true')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('asks whose name it shall be when another tab changed it as well', async () => {
    const sent = await show({ ...emmy, version: 4, tag: '"4"', display_name: 'Amalie Noether' })
    await write('Your name', 'E. Noether')
    await save()
    const question = await screen.findByRole('group', { name: 'Your name was changed elsewhere too' })
    expect(within(question).getByText('Amalie Noether')).toBeDefined()
    expect(screen.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true)
    await userEvent.click(within(question).getByRole('button', { name: 'Keep yours' }))
    await save()
    await isSaved()
    expect(sent().at(-1)).toEqual({ display_name: 'E. Noether' })
  })
})
