import { PiniaColada, useQuery, useQueryCache } from '@pinia/colada'
import { render } from '@testing-library/vue'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { ApiProblem } from '@/api/problem'
import { queryOf } from './answers'
import { gatherChanges, LONGEST_MS } from './changes'
import { forgetGone } from './gone'

function page(paths: () => Promise<string>) {
  const pinia = createPinia()
  const shown = { value: undefined as string | undefined }
  const component = defineComponent(() => {
    const { data } = useQuery(() => queryOf('getPaths', ['person', '1'], paths))
    return () => h('p', (shown.value = data.value))
  })
  const view = render(component, { global: { plugins: [pinia, [PiniaColada, { plugins: [forgetGone] }]] } })
  setActivePinia(pinia)
  return { view, shown, cache: useQueryCache(pinia) }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('changes from elsewhere', () => {
  it('are asked for together, and while they keep coming at least every two seconds', async () => {
    const paths = vi.fn<() => Promise<string>>(async () => 'a way')
    const { cache } = page(paths)
    await vi.advanceTimersByTimeAsync(10)
    paths.mockClear()
    const { note, stop } = gatherChanges(cache)
    for (let ms = 0; ms < 6_000; ms += 100) {
      note({ name: 'person', id: `${ms}` })
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(paths.mock.calls.length).toBeGreaterThanOrEqual(2)
    expect(paths.mock.calls.length).toBeLessThanOrEqual(6_000 / LONGEST_MS + 1)
    stop()
  })

  it('take away what is not shared any more, also when the service that answers hears of it late', async () => {
    let isWithdrawn = false
    const { cache, view, shown } = page(async () => {
      if (isWithdrawn) throw new ApiProblem({ status: 404 })
      return 'You → Bo → Cy'
    })
    await vi.advanceTimersByTimeAsync(10)
    expect(view.container.textContent).toBe('You → Bo → Cy')
    const { note, stop } = gatherChanges(cache)
    note({ name: 'circle', id: 'c' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(view.container.textContent).toBe('You → Bo → Cy')
    isWithdrawn = true
    await vi.advanceTimersByTimeAsync(5_000)
    expect(shown.value).toBeUndefined()
    stop()
  })

  it('forget what a circle showed on pages that are not open', async () => {
    const { cache, view } = page(async () => 'You → Bo → Cy')
    await vi.advanceTimersByTimeAsync(10)
    view.unmount()
    const { note, stop } = gatherChanges(cache)
    note({ name: 'circle', id: 'c' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(cache.getEntries({ key: ['getPaths'] })).toEqual([])
    stop()
  })
})
