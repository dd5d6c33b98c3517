/** Changes as one tab lives through them: gathered from the stream, from its own writes, and from other tabs. */
import { useQueryCache, type EntryKey, type QueryCache } from '@pinia/colada'
import type { Change } from './answers'
import { refetchTouched } from './refetch'

/** An import announces thousands of people: changes are gathered until they pause this long … */
const QUIET_MS = 400
/** … but never longer than this. */
export const LONGEST_MS = 2_000
/**
 * Search and network hear of a change when the stream does, and may still answer from before it. What a change of a
 * circle withdraws must go, so it is asked for again, and once more for a service that is far behind.
 */
const LATER_MS = { circle: [2_000, 10_000], person: [3_000] } as Partial<Record<Change['name'], number[]>>

const idOf = (change: Change) => ('id' in change ? `${change.name}/${change.id ?? ''}` : change.name)

/** Gathers changes and asks for what they touch; never twice at the same time. */
export function gatherChanges(cache: QueryCache) {
  const waiting = new Map<string, Change>()
  const later = new Map<string, ReturnType<typeof setTimeout>>()
  let since: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let stopped = false

  async function flush(): Promise<void> {
    if (busy || stopped) return
    busy = true
    since = null
    const changes = [...waiting.values()]
    waiting.clear()
    await refetchTouched(cache, changes)
    busy = false
    if (waiting.size > 0) wait()
  }

  function wait(): void {
    since ??= Date.now()
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - Date.now())))
  }

  function add(change: Change): void {
    waiting.set(idOf(change), change)
    wait()
  }

  return {
    note(change: Change): void {
      add(change)
      for (const ms of LATER_MS[change.name] ?? []) {
        const key = `${idOf(change)} ${ms}`
        clearTimeout(later.get(key))
        const again = setTimeout(() => (later.delete(key), add(change)), ms)
        later.set(key, again)
      }
    },
    stop(): void {
      stopped = true
      clearTimeout(timer)
      for (const one of later.values()) clearTimeout(one)
    },
  }
}

/** The browser's other tabs. Missing in tests and in browsers without it; then each tab knows only of its own. */
const others = 'BroadcastChannel' in window ? new BroadcastChannel('kith.changes') : null

export function onChangeElsewhere(listener: (change: Change) => void): () => void {
  const hear = (event: MessageEvent<Change>) => listener(event.data)
  others?.addEventListener('message', hear)
  return () => others?.removeEventListener('message', hear)
}

export const tellOtherTabs = (change: Change) => others?.postMessage(change)

/**
 * For one's own writes: asks at once for what the change touches, and tells the browser's other tabs. Where the write
 * itself was answered with the new state, that is shown under its key, and not asked for.
 */
export function useChanged() {
  const cache = useQueryCache()
  return (change: Change, answer?: { key: EntryKey; data: unknown }): Promise<void> => {
    if (answer) cache.setQueryData(answer.key, answer.data)
    tellOtherTabs(change)
    return refetchTouched(cache, [change], answer?.key)
  }
}
