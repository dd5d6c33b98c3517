/**
 * A long list, fetched page by page. What changes elsewhere costs a request for each page on screen and none for the
 * others: they are kept, marked as stale, and fetched again when they are scrolled to.
 */
import { useQuery, useQueryCache, type EntryKey, type UseQueryEntry } from '@pinia/colada'
import { computed, ref, shallowRef, watch } from 'vue'
import { toProblem } from '@/api/problem'
import { inBackground } from './background'

export interface Page<T> {
  items: T[]
  next?: string | null
}
interface Held<P> {
  cursor: string
  answer: P
  stale: boolean
}

interface Options<T, P extends Page<T>> {
  key: () => EntryKey
  fetch: (cursor: string) => Promise<P>
  /** What makes two items the same, where that is known: one that moved between pages is shown once. */
  idOf?: (item: T) => string
}

/** How often a next page is asked for that has moved each time. */
const TRIES = 5

export function usePages<T, P extends Page<T>>({ key, fetch, idOf }: Options<T, P>) {
  type Pages = Held<P>[]
  const cache = useQueryCache()
  const shown = shallowRef({ first: 0, last: 0 })
  const loading = ref(false)
  const failed = ref(false)
  let wantsMore = false

  const query = useQuery(() => ({
    key: key(),
    query: ({ entry }: { entry: UseQueryEntry }) => refresh(entry as UseQueryEntry<Pages>),
    placeholderData: (previous: Pages | undefined) => previous,
  }))
  const pages = computed(() => query.data.value ?? [])

  /** Asked for all anew: only the pages on screen are. */
  async function refresh(entry: UseQueryEntry<Pages>): Promise<Pages> {
    const before = entry.state.value.data
    if (!before?.length) return [{ cursor: '', answer: await fetch(''), stale: false }]
    const renewed = await renew(before.map((page) => ({ ...page, stale: true })))
    return joined(renewed, (entry.state.value.data ?? []).slice(before.length))
  }

  async function renew(held: Pages): Promise<Pages> {
    let renewed = held
    for (let index = shown.value.first; index <= shown.value.last && index < renewed.length; index++) {
      if (renewed[index]?.stale) renewed = await renewOne(renewed, index)
    }
    return renewed
  }

  async function renewOne(held: Pages, index: number): Promise<Pages> {
    const page = held[index]
    if (!page) return held
    try {
      return placed(held, index, await fetch(page.cursor))
    } catch (error) {
      if (index === 0 || !isCursorGone(error)) throw error
      // What the page began after is gone: the page before it knows where it begins now.
      const before = await renewOne(held, index - 1)
      const again = before[index]
      return again?.stale ? placed(before, index, await fetch(again.cursor)) : before
    }
  }

  const isStaleOnScreen = () => pages.value.slice(shown.value.first, shown.value.last + 1).some((page) => page.stale)

  /** Fetches those of the pages on screen that are stale. */
  async function fill(): Promise<void> {
    const entryKey = key()
    const held = cache.getQueryData<Pages>(entryKey)
    if (loading.value || query.isPlaceholderData.value || !held) return
    if (!isStaleOnScreen()) return
    loading.value = true
    try {
      const renewed = await renew(held)
      cache.setQueryData<Pages>(entryKey, (now = held) => joined(renewed, now.slice(held.length)))
    } catch {
      return // They stay as they are, and are asked for again when the list moves.
    } finally {
      loading.value = false
    }
    if (isStaleOnScreen()) await fill()
    if (wantsMore) await more()
  }

  // One that was added while the others were fetched anew may turn out to begin elsewhere.
  watch(isStaleOnScreen, (isStale) => isStale && inBackground(fill()))

  /** Fetches the page after the last one, if there is one; while another one is on its way, after that. */
  async function more(tries = 1): Promise<void> {
    wantsMore = loading.value
    const entryKey = key()
    const held = cache.getQueryData<Pages>(entryKey)
    const last = held?.at(-1)
    if (loading.value || query.isPlaceholderData.value || !held || !last?.answer.next) return
    loading.value = true
    failed.value = false
    try {
      const cursor = last.answer.next
      const answer = await fetch(cursor)
      const now = cache.getQueryData<Pages>(entryKey) ?? held
      // The list may end elsewhere by now, where it was fetched anew meanwhile.
      if (now.at(-1)?.answer.next !== cursor) wantsMore = tries < TRIES
      else cache.setQueryData<Pages>(entryKey, [...now, { cursor, answer, stale: false }])
    } catch (error) {
      failed.value = !isCursorGone(error)
      if (failed.value) throw error
      cache.setQueryData<Pages>(entryKey, await renewOne(held, held.length - 1))
      wantsMore = tries < TRIES
    } finally {
      loading.value = false
    }
    if (wantsMore) await more(tries + 1)
  }

  const rows = computed(() => {
    const seen = new Set<string>()
    return pages.value.flatMap(({ answer }, page) =>
      answer.items.flatMap((item) => {
        const id = idOf?.(item)
        if (id === undefined) return { item, page }
        return seen.has(id) ? [] : (seen.add(id), [{ item, page }])
      }),
    )
  })

  return {
    ...query,
    rows,
    pages: computed(() => pages.value.map(({ answer }) => answer)),
    hasNextPage: computed(() => Boolean(pages.value.at(-1)?.answer.next)),
    /** Whether a page is being fetched. */
    loading,
    /** Whether the last page that was asked for did not come. */
    failed,
    more: () => more(),
    /** Says which pages are on screen now. */
    show: (first: number, last: number) => {
      shown.value = { first, last }
      return fill()
    },
  }
}

const isCursorGone = (error: unknown) => toProblem(error).at('cursor') !== undefined

/** Pages and those that were added after them meanwhile, which may begin elsewhere by now. */
function joined<T, P extends Page<T>>(pages: Held<P>[], added: Held<P>[]): Held<P>[] {
  const last = pages.at(-1)
  return last && !last.stale ? placed([...pages, ...added], pages.length - 1, last.answer) : [...pages, ...added]
}

/** A page in its place. Where it now ends elsewhere, the next one begins there, and has to be fetched for it. */
function placed<T, P extends Page<T>>(held: Held<P>[], index: number, answer: P): Held<P>[] {
  const pages = held.with(index, { cursor: held[index]?.cursor ?? '', answer, stale: false })
  if (!answer.next) return pages.slice(0, index + 1)
  const following = pages[index + 1]
  return following && following.cursor !== answer.next
    ? pages.with(index + 1, { ...following, cursor: answer.next, stale: true })
    : pages
}
