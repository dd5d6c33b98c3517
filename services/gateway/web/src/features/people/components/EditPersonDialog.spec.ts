import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { toasts } from '@/design/toasts'
import { mountDialog } from '@/testing/render'
import { person } from '@/testing/samples'
import EditPersonDialog from './EditPersonDialog.vue'

const email = (value: string) => ({ name: 'email', value, preferred: false, sources: [] })
const ada = person('Ada Lovelace', {
  fields: [email('ada@example.org'), email('ada@example.com'), { ...email('Countess'), name: 'nickname' }],
})

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

async function show(save = async (): Promise<void> => {}) {
  const sent = vi.fn<(changes: object, version: string) => Promise<void>>(save)
  return { sent, ...(await mountDialog(EditPersonDialog, { person: ada, save: sent, refetch: async () => {} })) }
}
const field = (name: string) => screen.getByRole('textbox', { name })
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }))
async function write(name: string, text: string) {
  await userEvent.clear(field(name))
  if (text) await userEvent.type(field(name), text)
}

describe('the dialog that edits a person', () => {
  it('shows what is known, lists in one line', async () => {
    await show()
    expect(field('Name')).toHaveProperty('value', 'Ada Lovelace')
    expect(field('E-mails')).toHaveProperty('value', 'ada@example.org, ada@example.com')
    expect(field('Birthday')).toHaveProperty('value', '')
  })

  it('sends of the fields those that are different, and an emptied one as null', async () => {
    const { sent, closed } = await show()
    await write('E-mails', 'ada@example.com; ada@example.net')
    await write('Nickname', '')
    await press('Save')
    await closed()
    expect(sent.mock.calls).toEqual([[{ emails: ['ada@example.com', 'ada@example.net'], nickname: null }, '"3"']])
    expect(toasts.value.map(({ text }) => text)).toEqual(['Saved'])
  })

  it('sends nothing, and does not speak of saving, where only the separators are others', async () => {
    const { sent, closed } = await show()
    await write('E-mails', ' ada@example.org;ada@example.com')
    await press('Save')
    await closed()
    expect(sent).not.toHaveBeenCalled()
    expect(toasts.value).toEqual([])
  })

  it('says what is wrong at the field that it is about, and stays open', async () => {
    const errors = [{ pointer: '/birthday', detail: 'expected a date' }]
    await show(() => Promise.reject(new ApiProblem({ title: 'Some fields are not valid', status: 422, errors })))
    await userEvent.type(field('Birthday'), 'spring{Enter}')
    expect(await screen.findByText('expected a date')).toBeDefined()
    expect(field('Birthday').getAttribute('aria-invalid')).toBe('true')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('has again what was typed before it was left, says so, and lets it be thrown away', async () => {
    const { open, closed } = await show()
    await write('Role', 'Analyst')
    await userEvent.keyboard('{Escape}')
    await closed()
    await open()
    expect(await screen.findByText('What you had typed is here again.')).toBeDefined()
    expect(field('Role')).toHaveProperty('value', 'Analyst')
    await press('Discard')
    expect(field('Role')).toHaveProperty('value', '')
    expect(screen.queryByText('What you had typed is here again.')).toBeNull()
  })

  it('forgets what was typed when it is cancelled', async () => {
    const { open, closed } = await show()
    await write('Role', 'Analyst')
    await press('Cancel')
    await closed()
    await open()
    expect(await screen.findByRole('textbox', { name: 'Role' })).toHaveProperty('value', '')
    expect(screen.queryByText('What you had typed is here again.')).toBeNull()
  })
})

describe('a person who is changed elsewhere while the dialog is open', () => {
  const elsewhere = { ...ada, version: 4, tag: '"4"', display_name: 'Ada King' }

  it('is shown as they are now, and said to be, where nothing was typed', async () => {
    const { rerender } = await show()
    await write('Role', 'Analyst')
    await rerender({ person: elsewhere })
    expect(field('Name')).toHaveProperty('value', 'Ada King')
    expect(field('Role')).toHaveProperty('value', 'Analyst')
    expect(screen.getByText('Changed elsewhere meanwhile, and shown as it is now: Name')).toBeDefined()
  })

  it('cannot be saved before it is said whose value a field shall have', async () => {
    const { sent, rerender, closed } = await show()
    await write('Name', 'Lady Lovelace')
    await rerender({ person: elsewhere })
    expect(screen.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true)
    const question = screen.getByRole('group', { name: 'Name was changed elsewhere too' })
    expect(within(question).getByText('Ada King')).toBeDefined()
    await userEvent.click(within(question).getByRole('button', { name: 'Use the other' }))
    expect(field('Name')).toHaveProperty('value', 'Ada King')
    await write('Role', 'Analyst')
    await press('Save')
    await closed()
    expect(sent.mock.calls).toEqual([[{ title: 'Analyst' }, '"4"']])
  })
})
