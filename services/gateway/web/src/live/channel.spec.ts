import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listen, openStream, type LiveEvent } from './channel'

class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static all: FakeSource[] = []
  readyState = 1
  constructor(readonly url: string) {
    super()
    FakeSource.all.push(this)
  }
  close() {
    this.readyState = 2
  }
  happen(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}
const latest = () => {
  const source = FakeSource.all.at(-1)
  if (!source) throw new Error('no stream was opened')
  return source
}

beforeEach(() => {
  FakeSource.all = []
  vi.stubGlobal('EventSource', FakeSource)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the event stream', () => {
  it('says what happened, and to what', () => {
    const heard: LiveEvent[] = []
    openStream('/events', (event) => heard.push(event))
    latest().happen('import', { id: '7' })
    latest().happen('notification', {})
    expect(heard).toEqual([
      { name: 'import', id: '7' },
      { name: 'notification', id: null },
    ])
  })

  it('opens again, later and later, after the server refused it, and then asks for everything', () => {
    const heard: LiveEvent[] = []
    openStream('/events', (event) => heard.push(event))
    latest().close()
    latest().dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(2_000)
    expect(FakeSource.all).toHaveLength(2)
    latest().close()
    latest().dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(2_000)
    expect(FakeSource.all).toHaveLength(2)
    vi.advanceTimersByTime(2_000)
    expect(FakeSource.all).toHaveLength(3)
    latest().dispatchEvent(new Event('open'))
    expect(heard).toEqual([{ name: 'resync' }])
  })

  it('leaves a stream alone that reconnects by itself', () => {
    openStream('/events', () => {})
    latest().dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(120_000)
    expect(FakeSource.all).toHaveLength(1)
  })

  it('stays closed once it is stopped', () => {
    const stop = openStream('/events', () => {})
    latest().close()
    latest().dispatchEvent(new Event('error'))
    stop()
    vi.advanceTimersByTime(120_000)
    expect(FakeSource.all).toHaveLength(1)
  })
})

describe('a stream that was away', () => {
  it('asks for everything only when the server could not replay', () => {
    const heard: LiveEvent[] = []
    openStream('/events', (event) => heard.push(event))
    latest().happen('hello', { id: null, missed: false })
    expect(heard).toEqual([])
    latest().happen('hello', { id: null, missed: true })
    expect(heard).toEqual([{ name: 'resync' }])
  })
})

describe('a tab without Web Locks', () => {
  it('listens only while it is visible, and catches up when it is seen again', () => {
    const heard: LiveEvent[] = []
    const state = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
    listen('/events', (event) => heard.push(event))
    expect(FakeSource.all).toHaveLength(1)
    state.mockReturnValue('hidden')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(latest().readyState).toBe(2)
    state.mockReturnValue('visible')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(FakeSource.all).toHaveLength(2)
    expect(heard).toEqual([{ name: 'resync' }])
  })
})
