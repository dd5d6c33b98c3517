import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { mount, serve } from '@/testing/render'
import { found, ofAna } from '@/testing/samples'
import PersonPicker from './PersonPicker.vue'

async function pick(items = [found('1', 'Ada Lovelace'), found('2', 'Adam Shared', ofAna)]) {
  const calls = serve(() => ({ body: { items, next: null } }))
  const choose = vi.fn<(person: unknown) => void>()
  const view = await mount(PersonPicker, { props: { label: 'Who', modelValue: null, 'onUpdate:modelValue': choose } })
  const field = screen.getByRole('combobox', { name: 'Who' })
  await userEvent.type(field, 'ada')
  return { calls, choose, field, ...view }
}

describe('the picker of a person', () => {
  it('searches for what is typed and offers only people of my own book', async () => {
    const { calls } = await pick()
    expect(await screen.findByRole('option', { name: /Ada Lovelace/ })).toBeDefined()
    expect(screen.queryByRole('option', { name: /Adam Shared/ })).toBeNull()
    await expect.poll(() => calls.some(({ query }) => query.get('q') === 'ada')).toBe(true)
  })

  it('takes the first hit by keyboard and shows the name', async () => {
    const { choose } = await pick()
    await screen.findByRole('option', { name: /Ada Lovelace/ })
    await expect.poll(() => document.querySelector('[role=option][data-highlighted]')).not.toBeNull()
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => choose.mock.lastCall).toEqual([{ id: '1', name: 'Ada Lovelace' }])
    expect(screen.getByRole('combobox', { name: 'Who' })).toHaveProperty('value', 'Ada Lovelace')
  })

  it('means the first of other hits as well', async () => {
    serve(({ query }) => ({
      body: { items: query.get('q') ? [found('2', 'Bo Lund')] : [found('1', 'Ada Lovelace')], next: null },
    }))
    await mount(PersonPicker, { props: { label: 'Who', modelValue: null } })
    screen.getByRole('combobox', { name: 'Who' }).focus()
    await userEvent.keyboard('{ArrowDown}')
    expect(await screen.findByRole('option', { name: /Ada Lovelace/ })).toBeDefined()
    await userEvent.keyboard('bo')
    const bo = await screen.findByRole('option', { name: /Bo Lund/ })
    await expect.poll(() => 'highlighted' in bo.dataset).toBe(true)
  })

  it('takes the choice back as soon as something else is typed', async () => {
    const { choose, field, rerender } = await pick()
    await rerender({ modelValue: { id: '1', name: 'Ada Lovelace' } })
    await userEvent.type(field, 'x')
    expect(choose).toHaveBeenLastCalledWith(null)
    await rerender({ modelValue: null })
    expect(field).toHaveProperty('value', 'adax')
  })

  it('does not keep text that chose nobody, for it would look like a choice', async () => {
    const { field } = await pick()
    await screen.findByRole('option', { name: /Ada Lovelace/ })
    await userEvent.keyboard('{Escape}')
    await expect.poll(() => field).toHaveProperty('value', '')
  })

  it('says so when nobody matches', async () => {
    await pick([])
    expect(await screen.findByText('Nobody matches')).toBeDefined()
  })
})
