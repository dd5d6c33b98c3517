import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { toasts } from '@/design/toasts'
import { mountDialog, serve } from '@/testing/render'
import { person } from '@/testing/samples'
import AddPersonDialog from './AddPersonDialog.vue'

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

async function show(answer: { status: number; body: unknown } = { status: 201, body: person('Ada Lovelace') }) {
  const calls = serve(() => answer)
  return { calls, ...(await mountDialog(AddPersonDialog)) }
}
const field = (name: string) => screen.getByRole('textbox', { name })

describe('the dialog that adds a person', () => {
  it('sends what was filled in, lists taken apart, and leads to the person', async () => {
    const { calls, router, closed } = await show()
    await userEvent.type(field('Name'), ' Ada Lovelace ')
    await userEvent.type(field('E-mails'), 'ada@example.org; ada@example.com,')
    await userEvent.type(field('Role'), 'Countess{Enter}')
    await expect.poll(() => router.currentRoute.value.path).toBe('/people/1')
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/people' })
    expect(calls[0]?.body).toEqual({
      display_name: 'Ada Lovelace',
      emails: ['ada@example.org', 'ada@example.com'],
      phones: [],
      title: 'Countess',
    })
    await closed()
    expect(toasts.value.map(({ text }) => text)).toEqual(['Ada Lovelace is in your book'])
  })

  it('sends nothing without a name', async () => {
    const { calls } = await show()
    await userEvent.click(screen.getByRole('button', { name: 'Add person' }))
    expect(calls).toEqual([])
    expect(field('Name')).toHaveProperty('validity.valueMissing', true)
  })

  it('says what is wrong at the field that it is about, and only there', async () => {
    const errors = [{ pointer: '/emails/0', detail: 'expected an e-mail address' }]
    await show({ status: 422, body: { title: 'Some fields are not valid', status: 422, errors } })
    await userEvent.type(field('Name'), 'Ada')
    await userEvent.type(field('E-mails'), 'ada{Enter}')
    expect(await screen.findByText('expected an e-mail address')).toBeDefined()
    expect(field('E-mails').getAttribute('aria-invalid')).toBe('true')
    expect(screen.queryByRole('alert')).toBeNull()
    expect(field('E-mails')).toHaveProperty('value', 'ada')
  })

  it('has again what was typed when it was left, unless that was thrown away', async () => {
    const { closed, unmount } = await show()
    await userEvent.type(field('Phones'), '0123')
    await userEvent.keyboard('{Escape}')
    await closed()
    unmount()
    const { closed: closedAgain, open } = await show()
    expect(field('Phones')).toHaveProperty('value', '0123')
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    await closedAgain()
    await open()
    expect(field('Phones')).toHaveProperty('value', '')
  })
})
