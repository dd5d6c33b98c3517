import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import { found, person } from '@/testing/samples'
import type { SharingException } from '../api'
import ExceptionList from './ExceptionList.vue'

type Save = (change: (now: SharingException[]) => SharingException[] | null) => Promise<boolean>

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

/** The list over a circle whose exceptions are `now` by the time that something is saved. */
async function show(exceptions: SharingException[], now = exceptions) {
  serve(({ path }) =>
    path === '/people' ? { body: { items: [found('1', 'Ada Lovelace')] } } : { body: person('Ada Lovelace') },
  )
  const saved = vi.fn<(exceptions: SharingException[] | null) => void>()
  const save: Save = async (change) => {
    const exceptions = change(now)
    saved(exceptions)
    return exceptions !== null
  }
  const view = await mount(ExceptionList, { props: { circle: 'c1', exceptions, save } })
  return { saved, ...view }
}
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }))
const choose = (list: string, option: string) =>
  userEvent.selectOptions(screen.getByRole('combobox', { name: list }), option)

describe('an exception', () => {
  it('is made for a tag, at a level', async () => {
    const { saved } = await show([])
    await press('Add exception')
    await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), ' work ')
    await choose('Share', 'Organisations')
    await press('Add exception')
    expect(saved).toHaveBeenCalledWith([{ tag: 'work', sharing: 'organisation' }])
    await expect.poll(() => screen.queryByRole('form')).toBeNull()
  })

  it('is made for a person, and only once one is picked', async () => {
    const { saved } = await show([])
    await press('Add exception')
    await choose('For', 'A person')
    expect(screen.queryByRole('textbox', { name: 'Tag' })).toBeNull()
    await userEvent.type(screen.getByRole('combobox', { name: 'Person' }), 'ada')
    expect(screen.getByRole('button', { name: 'Add exception' })).toHaveProperty('disabled', true)
    await userEvent.click(await screen.findByRole('option', { name: /Ada Lovelace/ }))
    await press('Add exception')
    expect(saved).toHaveBeenCalledWith([{ person_id: '1', sharing: 'hidden' }])
  })

  it('is there again when it was being made up, until that is cancelled', async () => {
    const { unmount } = await show([])
    await press('Add exception')
    await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), 'work')
    unmount()
    await show([])
    expect(screen.getByRole('textbox', { name: 'Tag' })).toHaveProperty('value', 'work')
    await press('Cancel')
    await press('Add exception')
    expect(screen.getByRole('textbox', { name: 'Tag' })).toHaveProperty('value', '')
  })

  it('is listed by whom it is for, and removed by the button that names it', async () => {
    const family: SharingException = { tag: 'family', sharing: 'hidden' }
    const ada: SharingException = { person_id: '1', sharing: 'name' }
    const { saved } = await show([family, ada])
    expect(await screen.findByText('Ada Lovelace')).toBeDefined()
    expect(screen.getByText('Everybody tagged “family”')).toBeDefined()
    await press('Remove exception for family')
    expect(saved).toHaveBeenCalledWith([ada])
  })

  it('is not removed where it has another level by now, which was not meant', async () => {
    const { saved } = await show([{ tag: 'family', sharing: 'hidden' }], [{ tag: 'family', sharing: 'name' }])
    await press('Remove exception for family')
    expect(saved).toHaveBeenCalledWith(null)
    expect(toasts.value).toMatchObject([{ text: expect.stringContaining('changed elsewhere') as string }])
  })
})
