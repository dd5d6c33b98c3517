import { inBackground } from '@/lib/background'
import { useQueryCache } from '@pinia/colada'
import { onScopeDispose } from 'vue'
import { listen, type LiveEvent } from './channel'
import { keysTouchedBy } from './invalidation'

/** An import announces thousands of people: what they touch is fetched again at most this often. */
const FLUSH_MS = 400

/** Keeps every cached answer of this tab fresh while the shell is shown. */
export function useLiveUpdates(): void {
  const cache = useQueryCache()
  const waiting = new Map<string, string[]>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    timer = undefined
    const keys = [...waiting.values()]
    waiting.clear()
    for (const key of keys) inBackground(cache.invalidateQueries({ key }))
  }

  function note(event: LiveEvent): void {
    for (const key of keysTouchedBy(event)) waiting.set(key.join('/'), key)
    timer ??= setTimeout(flush, FLUSH_MS)
  }

  const stop = listen('/api/v1/events', note)
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
}
