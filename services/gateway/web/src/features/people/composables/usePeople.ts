import { computed, watch } from 'vue'
import { inBackground } from '@/lib/background'
import { usePages } from '@/lib/pages'
import { keyOf } from '@/live/answers'
import { searchPeople, type PersonSummary } from '../api'

export const OWNERS = ['', 'mine', 'shared'] as const
export type OwnerFilter = (typeof OWNERS)[number]

const matches = (person: PersonSummary, owner: OwnerFilter) => owner === '' || person.owner.me === (owner === 'mine')

const PAGE = 50
/** The server does not know the filter, so that many are fetched at once to find some that match … */
const FILTERED_PAGE = 200
const ENOUGH = 30
/** … and no more than so many times; then whoever looks has to say that they want to look further. */
const TRIES = 5

/** People found, page by page, warmest first. The last answer stays on screen until the next one is there. */
export function usePeople(q: () => string, owner: () => OwnerFilter) {
  const limit = () => (owner() === '' ? PAGE : FILTERED_PAGE)
  const list = usePages({
    key: () => keyOf('listPeople', 'list', q(), limit()),
    fetch: (cursor) => searchPeople(q(), cursor, limit()),
    idOf: (person: PersonSummary) => person.id,
  })
  const { rows, pages, hasNextPage, loading, failed, more, show } = list
  const filtered = computed(() => rows.value.filter(({ item }) => matches(item, owner())))
  const pageOf = (place: number) => filtered.value[place]?.page ?? 0
  const found = computed(() => filtered.value.length)

  const tooFew = computed(() => owner() !== '' && hasNextPage.value && found.value < ENOUGH)
  const looking = computed(() => tooFew.value && pages.value.length < TRIES && !failed.value)
  watch([looking, () => pages.value.length, loading], () => looking.value && !loading.value && inBackground(more()), {
    immediate: true,
  })

  return {
    data: list.data,
    error: list.error,
    refetch: list.refetch,
    people: computed(() => (list.data.value ? filtered.value.map(({ item }) => item) : undefined)),
    total: computed(() => pages.value[0]?.total ?? 0),
    /** How many were looked at to find those that match. */
    searched: computed(() => rows.value.length),
    /** There are more to look at for some that match, which nothing does by itself. */
    unfinished: computed(() => owner() !== '' && hasNextPage.value && !looking.value),
    looking,
    loading,
    more: () => inBackground(more()),
    /** The list came near its end. */
    end: () => !tooFew.value && inBackground(more()),
    /** Says which of the people are on screen, by their places in the list. */
    see: (first: number, last: number) => inBackground(show(pageOf(first), pageOf(last))),
  }
}
