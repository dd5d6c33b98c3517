import userEvent from '@testing-library/user-event'
import { render, screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import KSegments from './KSegments.vue'
import KSelect from './KSelect.vue'
import KTextField from './KTextField.vue'

const options = [
  { value: 'email', label: 'E-mail' },
  { value: 'phone', label: 'Phone' },
]
/** What a screen reader says after the name of a field. */
const descriptionOf = (field: HTMLElement) =>
  (field.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent?.trim())
    .join(' ')

describe('a text field', () => {
  const show = (props: object) => render(KTextField, { props: { label: 'Name', modelValue: 'Ada', ...props } })

  it('is called by its label, also where the label is not seen', () => {
    show({ hideLabel: true })
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveProperty('value', 'Ada')
  })

  it('is read with its hint and with what is wrong, and is only then invalid', async () => {
    const { rerender } = show({ hint: 'As friends say it.' })
    const field = screen.getByRole('textbox', { name: 'Name' })
    expect(descriptionOf(field)).toBe('As friends say it.')
    expect(field.hasAttribute('aria-invalid')).toBe(false)
    await rerender({ error: 'It is too long.' })
    expect(descriptionOf(field)).toBe('As friends say it. It is too long.')
    expect(field.getAttribute('aria-invalid')).toBe('true')
  })

  it('takes several lines where it is for several', async () => {
    const { emitted } = show({ modelValue: '', multiline: true })
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'a{Enter}b')
    expect(emitted('update:modelValue')?.at(-1)).toEqual(['a\nb'])
  })

  it('gives attributes to what is typed into, and a class to the whole', () => {
    const { container } = show({ maxlength: 5, type: 'tel', class: 'wide' })
    const field = screen.getByRole('textbox', { name: 'Name' })
    expect([field.getAttribute('maxlength'), field.getAttribute('type')]).toEqual(['5', 'tel'])
    expect(container.querySelector('.wide')?.contains(field)).toBe(true)
    expect(field.classList.contains('wide')).toBe(false)
  })
})

describe('a choice from a list', () => {
  it('shows what holds and tells what is chosen by keyboard', async () => {
    const { emitted } = render(KSelect, {
      props: { label: 'Kind', options, modelValue: 'email', error: 'Not this one.' },
    })
    const list = screen.getByRole('combobox', { name: 'Kind' })
    expect(list).toHaveProperty('value', 'email')
    expect(
      within(list)
        .getAllByRole('option')
        .map((option) => option.textContent),
    ).toEqual(['E-mail', 'Phone'])
    expect(descriptionOf(list)).toBe('Not this one.')
    await userEvent.selectOptions(list, 'Phone')
    expect(emitted('update:modelValue')).toEqual([['phone']])
  })
})

describe('a few choices in a row', () => {
  it('are one group for the keyboard, in which the arrows choose', async () => {
    const { emitted } = render(KSegments, { props: { label: 'Kind', options, modelValue: 'email' } })
    const group = screen.getByRole('group', { name: 'Kind' })
    const chosen = within(group).getByRole('radio', { name: 'E-mail' })
    await userEvent.tab()
    expect(document.activeElement).toBe(chosen)
    await userEvent.tab()
    expect(document.activeElement).toBe(document.body)
    chosen.focus()
    await userEvent.keyboard('{ArrowRight}')
    expect(emitted('update:modelValue')).toEqual([['phone']])
  })

  it('say how many each stands for', () => {
    render(KSegments, {
      props: { label: 'Kind', options: options.map((one) => ({ ...one, count: 3 })), modelValue: 'phone' },
    })
    expect(screen.getByRole('radio', { name: 'E-mail (3)' })).toHaveProperty('checked', false)
  })
})
