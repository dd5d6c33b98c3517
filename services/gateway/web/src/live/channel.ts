/**
 * One event stream a browser: browsers allow few connections a host, shared by all tabs.
 * Where Web Locks exist (secure contexts) one tab leads and tells the others; elsewhere only the visible tab listens.
 */
import { markReached, markUnreached } from '@/api/reach'
import { EVENT_NAMES, type EventName } from './answers'

/** What happened, or `resync`: the stream was away for a while, so anything may have. */
export type LiveEvent = { name: EventName; id: string | null } | { name: 'resync' }

const FIRST_RETRY_MS = 2_000
const LAST_RETRY_MS = 60_000

/** What an event carries; nothing where it cannot be read. */
function read(event: Event): { id?: unknown; missed?: unknown } {
  try {
    const value: unknown = JSON.parse((event as MessageEvent<string>).data)
    return typeof value === 'object' && value ? value : {}
  } catch {
    return {}
  }
}

function idOf(event: Event): string | null {
  const { id } = read(event)
  return typeof id === 'string' ? id : null
}

/** Holds a stream open until the function it returns is called. */
export function openStream(url: string, listener: (event: LiveEvent) => void): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = FIRST_RETRY_MS
  let wasRefused = false

  const open = () => {
    source = new EventSource(url)
    source.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS
      markReached()
      if (wasRefused) listener({ name: 'resync' })
      wasRefused = false
    })
    // It reconnected by itself with Last-Event-ID: the server says whether it could replay everything.
    source.addEventListener('hello', (event) => read(event).missed === true && listener({ name: 'resync' }))
    source.addEventListener('error', () => {
      markUnreached()
      // While it reconnects by itself it is left alone; a refusal closes it for good.
      if (source.readyState !== EventSource.CLOSED) return
      wasRefused = true
      timer = setTimeout(open, retryMs)
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    })
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (event) => listener({ name, id: idOf(event) }))
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}

function shareAmongTabs(url: string, listener: (event: LiveEvent) => void): () => void {
  const channel = new BroadcastChannel('kith.events')
  channel.addEventListener('message', (event: MessageEvent<LiveEvent>) => listener(event.data))
  const stop = new AbortController()
  let leave = () => stop.abort()
  void navigator.locks
    .request('kith.events', { signal: stop.signal }, () => {
      const close = openStream(url, (event) => {
        listener(event)
        channel.postMessage(event)
      })
      return new Promise<void>((resolve) => {
        leave = () => {
          close()
          resolve()
        }
      })
    })
    .catch(() => {})
  return () => {
    leave()
    channel.close()
  }
}

function listenWhileVisible(url: string, listener: (event: LiveEvent) => void): () => void {
  let close: (() => void) | null = null
  let before = false
  const follow = () => {
    if (document.visibilityState === 'visible') {
      if (close) return
      close = openStream(url, listener)
      if (before) listener({ name: 'resync' })
      before = true
    } else {
      close?.()
      close = null
    }
  }
  follow()
  document.addEventListener('visibilitychange', follow)
  return () => {
    document.removeEventListener('visibilitychange', follow)
    close?.()
  }
}

export function listen(url: string, listener: (event: LiveEvent) => void): () => void {
  const canShare = 'locks' in navigator && navigator.locks && 'BroadcastChannel' in window
  return canShare ? shareAmongTabs(url, listener) : listenWhileVisible(url, listener)
}
