import { inBackground } from '@/lib/background'
import { useInfiniteQuery } from '@pinia/colada'
import { computed, watch } from 'vue'
import { searchPeople, type PersonSummary } from '../api'

export const OWNERS = ['', 'mine', 'shared'] as const
export type OwnerFilter = (typeof OWNERS)[number]

const matches = (person: PersonSummary, owner: OwnerFilter) => owner === '' || person.owner.me === (owner === 'mine')

const PAGE = 50
/** The server does not know the filter, so that many are fetched at once to find some that match. */
const FILTERED_PAGE = 200
const ENOUGH = 30

/** People found, page by page, warmest first. The last answer stays on screen until the next one is there. */
export function usePeople(q: () => string, owner: () => OwnerFilter) {
  const limit = () => (owner() === '' ? PAGE : FILTERED_PAGE)
  const query = useInfiniteQuery({
    key: () => ['people', q(), limit()],
    query: ({ pageParam }) => searchPeople(q(), pageParam, limit()),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
  })
  const people = computed(() =>
    query.data.value?.pages.flatMap((page) => page.items).filter((person) => matches(person, owner())),
  )
  const total = computed(() => query.data.value?.pages[0]?.total ?? 0)

  const more = () => query.hasNextPage.value && inBackground(query.loadNextPage({ cancelRefetch: false }))
  const tooFew = computed(() => owner() !== '' && query.hasNextPage.value && (people.value?.length ?? 0) < ENOUGH)
  watch([tooFew, () => query.data.value?.pages.length, query.asyncStatus], () => {
    if (tooFew.value && query.asyncStatus.value === 'idle') more()
  })
  return { ...query, people, total, more, looking: tooFew }
}
