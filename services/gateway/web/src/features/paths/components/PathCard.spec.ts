import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount } from '@/testing/render'
import type { Path } from '../api'
import PathCard from './PathCard.vue'

const mail = (summary: string) => ({ kind: 'mail', source: 'mail', summary }) as const
const toBo: Path = {
  people: [
    { display_name: 'Emmy', me: true },
    { display_name: 'Ana', id: '1', me: false },
    { display_name: 'Bo', id: '2', me: false },
  ],
  steps: [
    { strength: 0.9, evidence: [mail('48 two-way mails'), mail('a'), mail('b'), mail('c')] },
    { strength: 0.32, evidence: [{ ...mail('2 mails'), via: { account_id: 'chi', display_name: 'Chidi' } }] },
  ],
  score: 0.23,
}
const toAna: Path = { ...toBo, people: toBo.people.slice(0, 2), steps: toBo.steps.slice(0, 1) }

const show = (path = toBo, chosen = false) => mount(PathCard, { props: { path, rank: 1, chosen } })

describe('the card of a path', () => {
  it('says the way, how warm it is, and its weakest link in words', async () => {
    await show()
    const card = screen.getByRole('article', { name: 'You → Ana → Bo' })
    expect(within(card).getByText('23')).toBeDefined()
    expect(within(card).getByText('1 person between you')).toBeDefined()
    expect(within(card).getByText('Weakest link: Ana → Bo, 32')).toBeDefined()
    const steps = within(within(card).getByRole('list', { name: 'Steps' }))
    expect(steps.getAllByRole('img').map((bar) => bar.getAttribute('aria-label'))).toEqual([
      'Strength 90 of 100',
      'Strength 32 of 100',
    ])
    expect(steps.getByText('via Chidi')).toBeDefined()
  })

  it('has no weakest link where there is only one', async () => {
    await show(toAna)
    expect(screen.getByText('You know them directly')).toBeDefined()
    expect(screen.queryByText(/Weakest link/)).toBeNull()
  })

  it('keeps most of the evidence until more is asked for', async () => {
    await show()
    const [first] = screen.getAllByRole('list', { name: 'Evidence' })
    if (!first) throw new Error('no evidence')
    expect(
      within(first)
        .getAllByRole('listitem')
        .map((item) => item.textContent.trim()),
    ).toEqual(['48 two-way mails', 'a', '2 more reasons'])
    await userEvent.click(within(first).getByRole('button', { name: '2 more reasons' }))
    expect(within(first).getAllByRole('listitem')).toHaveLength(4)
  })

  it('is chosen for the picture by keyboard, and says whether it is', async () => {
    const { emitted, rerender } = await show()
    const button = screen.getByRole('button', { name: 'Show in the picture: You → Ana → Bo' })
    expect(button.getAttribute('aria-pressed')).toBe('false')
    await userEvent.tab()
    await userEvent.keyboard('{Enter}')
    expect(emitted('choose')).toHaveLength(1)
    await rerender({ chosen: true })
    expect(button.getAttribute('aria-pressed')).toBe('true')
  })
})
