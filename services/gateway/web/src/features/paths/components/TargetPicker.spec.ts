import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import { found, ofAna } from '@/testing/samples'
import TargetPicker from './TargetPicker.vue'

async function pick(people = [found('1', 'Ada Lovelace', ofAna)], organisations = [{ name: 'Adacore', people: 3 }]) {
  serve(({ path }) => ({ body: { items: path === '/people' ? people : organisations, next: null } }))
  const view = await mount(TargetPicker, { props: { label: '' } })
  await userEvent.type(screen.getByRole('combobox', { name: 'Who can introduce me to…' }), 'ada')
  return view
}

describe('the picker of a target', () => {
  it('offers people with who knows them, and organisations with how many are there', async () => {
    await pick()
    expect((await screen.findByRole('option', { name: /Ada Lovelace/ })).textContent).toContain('via Ana')
    expect((await screen.findByRole('option', { name: /Adacore/ })).textContent).toContain('3 people')
  })

  it('tells which person or organisation was chosen', async () => {
    const { emitted } = await pick()
    await userEvent.click(await screen.findByRole('option', { name: /Ada Lovelace/ }))
    await expect.poll(() => emitted('choose')?.[0]).toEqual([{ kind: 'person', id: '1', label: 'Ada Lovelace' }])
    expect(screen.getByRole('combobox')).toHaveProperty('value', 'Ada Lovelace')
  })

  it('says so when nothing matches', async () => {
    await pick([], [])
    expect(await screen.findByText('Nobody and nothing matches')).toBeDefined()
  })
})
