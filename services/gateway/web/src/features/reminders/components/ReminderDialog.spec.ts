import userEvent from '@testing-library/user-event'
import { fireEvent, screen } from '@testing-library/vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toasts } from '@/design/toasts'
import { useZone } from '@/lib/format'
import { mountDialog, serve } from '@/testing/render'
import { found } from '@/testing/samples'
import ReminderDialog from './ReminderDialog.vue'

const ada = { id: '1', name: 'Ada Lovelace' }

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
  // It goes on from there, as Vue tells events apart by their time.
  const ahead = Date.parse('2026-11-22T12:00:00Z') - Date.now()
  const real = Date.now
  vi.spyOn(Date, 'now').mockImplementation(() => real() + ahead)
  useZone('Europe/Berlin')
})
afterEach(() => useZone(undefined))

async function show(props: object, answer: { status: number; body?: object } = { status: 201, body: {} }) {
  const calls = serve(({ path }) => (path === '/people' ? { body: { items: [found('1', 'Ada Lovelace')] } } : answer))
  const made = () => calls.filter(({ method }) => method === 'POST')
  return { made, ...(await mountDialog(ReminderDialog, props)) }
}
const field = () => screen.getByRole('textbox', { name: 'What about' })
const when = () => screen.getByLabelText('When')

describe('the dialog that sets a reminder', () => {
  it('proposes nine in the morning in a week, in the zone of the account', async () => {
    const { made, closed } = await show({ person: ada })
    expect(screen.getByRole('dialog', { name: 'Remind me about Ada Lovelace' })).toBeDefined()
    expect(when()).toHaveProperty('value', '2026-11-29T09:00')
    await userEvent.type(field(), ' Ask about the engine {Enter}')
    await closed()
    expect(made()).toMatchObject([{ path: '/reminders' }])
    expect(made()[0]?.body).toEqual({
      note: 'Ask about the engine',
      due_at: '2026-11-29T08:00:00.000Z',
      person_id: '1',
      label: 'Ada Lovelace',
    })
    expect(toasts.value.map(({ text }) => text)).toEqual(['You will be reminded in 7 days'])
  })

  it('takes another day by a button, or a moment that is typed', async () => {
    const { made, closed } = await show({ person: ada })
    await userEvent.click(screen.getByRole('button', { name: 'In three months' }))
    expect(when()).toHaveProperty('value', '2027-02-21T09:00')
    await fireEvent.update(when(), '2026-12-24T18:30')
    await userEvent.type(field(), 'Call{Enter}')
    await closed()
    expect(made()).toMatchObject([{ body: { due_at: '2026-12-24T17:30:00.000Z' } }])
  })

  it('may be about nobody, or about somebody who is picked by keyboard', async () => {
    const { made, open, closed } = await show({})
    await userEvent.type(field(), 'Pay the rent{Enter}')
    await closed()
    expect(made()[0]?.body).not.toHaveProperty('person_id')
    await open()
    await userEvent.type(screen.getByRole('combobox', { name: 'About whom' }), 'ada')
    const option = await screen.findByRole('option', { name: /Ada Lovelace/ })
    await expect.poll(() => 'highlighted' in option.dataset).toBe(true)
    await userEvent.keyboard('{Enter}')
    await userEvent.type(field(), 'Call{Enter}')
    await closed()
    expect(made()[1]?.body).toMatchObject({ note: 'Call', person_id: '1', label: 'Ada Lovelace' })
  })

  it('says what is wrong with the moment at the moment', async () => {
    const errors = [{ pointer: '/due_at', detail: 'expected a moment within ten years' }]
    const body = { title: 'Some fields are not valid', status: 422, errors }
    await show({ person: ada }, { status: 422, body })
    await userEvent.type(field(), 'Call{Enter}')
    expect(await screen.findByText('expected a moment within ten years')).toBeDefined()
    expect(when().getAttribute('aria-invalid')).toBe('true')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('says everything else above the fields, and keeps what was typed', async () => {
    await show({ person: ada }, { status: 503, body: { title: 'Busy', status: 503 } })
    await userEvent.type(field(), 'Call{Enter}')
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
    expect(field()).toHaveProperty('value', 'Call')
  })

  it('keeps what was typed about one person apart from what was typed about another', async () => {
    const { rerender } = await show({ person: ada })
    await userEvent.type(field(), 'Call')
    await rerender({ person: { id: '2', name: 'Bo Lund' } })
    expect(field()).toHaveProperty('value', '')
    await rerender({ person: ada })
    expect(field()).toHaveProperty('value', 'Call')
  })

  it('is as new after it was cancelled', async () => {
    const { open, closed } = await show({ person: ada })
    await userEvent.type(field(), 'Call')
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    await closed()
    await open()
    expect(field()).toHaveProperty('value', '')
  })
})
