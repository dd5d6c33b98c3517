import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { markReached, markUnreached, reachable } from './reach'

let answers = true
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', async () => {
    if (!answers) throw new TypeError('Failed to fetch')
    return new Response('<html>')
  })
  answers = true
  vi.advanceTimersByTime(1)
  markReached()
})
afterEach(() => vi.useRealTimers())

describe('whether the server can be reached', () => {
  it('is doubted by a call without an answer, and decided by asking', async () => {
    markUnreached()
    await vi.advanceTimersByTimeAsync(10)
    expect(reachable.value).toBe(true)
    answers = false
    markUnreached()
    await vi.advanceTimersByTimeAsync(10)
    expect(reachable.value).toBe(false)
  })

  it('is asked until it answers again', async () => {
    answers = false
    markUnreached()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(reachable.value).toBe(false)
    answers = true
    await vi.advanceTimersByTimeAsync(5_000)
    expect(reachable.value).toBe(true)
  })

  it('is asked when the browser loses its network: a server on the same machine still answers', async () => {
    window.dispatchEvent(new Event('offline'))
    await vi.advanceTimersByTimeAsync(10)
    expect(reachable.value).toBe(true)
  })

  it('is not believed of an answer that was on its way when the server went', async () => {
    const since = performance.now()
    answers = false
    await vi.advanceTimersByTimeAsync(5)
    markUnreached()
    await vi.advanceTimersByTimeAsync(10)
    markReached(since)
    expect(reachable.value).toBe(false)
    markReached()
    expect(reachable.value).toBe(true)
  })
})
