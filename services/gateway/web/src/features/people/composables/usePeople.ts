import { useInfiniteQuery } from '@pinia/colada'
import { computed } from 'vue'
import { searchPeople, type PersonSummary } from '../api'

export const OWNERS = ['', 'mine', 'shared'] as const
export type OwnerFilter = (typeof OWNERS)[number]

const matches = (person: PersonSummary, owner: OwnerFilter) => owner === '' || person.owner.me === (owner === 'mine')

/** People found, page by page, warmest first. The last answer stays on screen until the next one is there. */
export function usePeople(q: () => string, owner: () => OwnerFilter) {
  const query = useInfiniteQuery({
    key: () => ['people', q()],
    query: ({ pageParam }) => searchPeople(q(), pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
  })
  const people = computed(() =>
    query.data.value?.pages.flatMap((page) => page.items).filter((person) => matches(person, owner())),
  )
  const total = computed(() => query.data.value?.pages[0]?.total ?? 0)
  return { ...query, people, total }
}
