import userEvent from '@testing-library/user-event'
import { render, screen, within } from '@testing-library/vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ToastHost from './ToastHost.vue'
import { say, sayProblem, toasts } from './toasts'

const host = () => screen.getByRole('status', { name: 'Messages' })

beforeEach(() => {
  toasts.value = []
  render(ToastHost)
})
afterEach(() => vi.useRealTimers())

describe('messages', () => {
  it('are heard from a place that was there before them', async () => {
    expect(host().textContent).toBe('')
    say('Saved')
    await nextTick()
    expect(host().textContent).toBe('Saved')
    expect(host().getAttribute('aria-live')).toBe('polite')
  })

  it('offer a way back, which ends them', async () => {
    const undo = vi.fn<() => void>()
    say('Note removed', { label: 'Undo', run: undo })
    await userEvent.click(await screen.findByRole('button', { name: 'Undo' }))
    expect(undo).toHaveBeenCalledOnce()
    expect(host().textContent).toBe('')
  })

  it('say in words that something went wrong, and what', async () => {
    sayProblem({ title: 'Conflict', detail: 'The circle is full', status: 409 })
    await nextTick()
    expect(host().textContent).toBe('Problem: The circle is full')
  })

  it('go when they are dismissed, one at a time', async () => {
    for (const text of ['One', 'Two', 'Three']) say(text)
    await nextTick()
    const two = screen.getByText('Two').parentElement as HTMLElement
    await userEvent.click(within(two).getByRole('button', { name: 'Dismiss' }))
    expect(host().textContent).toBe('OneThree')
  })

  it('are three at most: the newest', async () => {
    for (const text of ['One', 'Two', 'Three', 'Four']) say(text)
    await nextTick()
    expect(host().textContent).toBe('TwoThreeFour')
  })

  it('go by themselves, and later where there is something to do or to understand', async () => {
    vi.useFakeTimers()
    say('Saved')
    say('Note removed', { label: 'Undo', run: () => {} })
    sayProblem({ title: 'Busy', status: 503 })
    vi.advanceTimersByTime(6_000)
    await nextTick()
    expect(host().textContent).toBe('Note removedUndoProblem: Busy')
    vi.advanceTimersByTime(6_000)
    await nextTick()
    expect(host().textContent).toBe('')
  })
})
