/** Asks again for the answers that changes made doubtful: only for those on screen, and only a few at once. */
import type { EntryKey, QueryCache, UseQueryEntry } from '@pinia/colada'
import { toValue } from 'vue'
import { isForgotten, isTouched, type Change } from './answers'

/** Browsers allow six connections to a host over HTTP/1.1; the stream and what a user clicks need some of them. */
export const AT_ONCE = 3

const isSameKey = (key: EntryKey, known?: EntryKey) => JSON.stringify(key) === JSON.stringify(known)

/** All but the answer that is `known` already. Resolves when all is fetched; a failure is for the page that shows the answer, which finds it in its query. */
export async function refetchTouched(cache: QueryCache, changes: Iterable<Change>, known?: EntryKey): Promise<void> {
  const wanted = new Map<string, UseQueryEntry>()
  for (const change of changes) {
    for (const entry of cache.getEntries({
      predicate: ({ key }) => isTouched(change, key) && !isSameKey(key, known),
    })) {
      cache.invalidate(entry)
      if (entry.active && entry.options && toValue(entry.options.enabled)) wanted.set(entry.keyHash, entry)
      else if (isForgotten(change, entry.key)) forget(cache, entry)
    }
  }
  const waiting = [...wanted.values()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await cache.fetch(next).catch(() => {})
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

function forget(cache: QueryCache, entry: UseQueryEntry): void {
  if (!entry.active) return cache.remove(entry)
  cache.setEntryState(entry, { status: 'pending', data: undefined, error: null })
  cache.invalidate(entry)
}
