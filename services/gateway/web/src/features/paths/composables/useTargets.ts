import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { searchOrganisations, searchPeople } from '@/features/people/api'
import { useDebounced } from '@/lib/timing'

const TYPING_PAUSE_MS = 150
const SHOWN = 7

/** People and organisations that match what is being typed. */
export function useTargets(text: () => string, enabled: () => boolean) {
  const q = useDebounced(() => text().trim(), TYPING_PAUSE_MS)
  const people = useQuery({
    key: () => ['people', 'pick', q.value],
    query: () => searchPeople(q.value, undefined, SHOWN),
    enabled,
    placeholderData: (previous) => previous,
  })
  const organisations = useQuery({
    key: () => ['organisations', q.value],
    query: () => searchOrganisations(q.value, 5),
    enabled,
    placeholderData: (previous) => previous,
  })
  return {
    people: computed(() => people.data.value?.items.slice(0, SHOWN) ?? []),
    organisations: computed(() => organisations.data.value?.slice(0, 5) ?? []),
    settled: computed(
      () => people.data.value !== undefined && q.value === text().trim() && people.asyncStatus.value === 'idle',
    ),
  }
}
