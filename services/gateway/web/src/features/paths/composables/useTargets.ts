import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { organisationsFound, peopleFound } from '@/features/people/api'
import { useDebounced } from '@/lib/timing'

const TYPING_PAUSE_MS = 150
const SHOWN = 7

/** People and organisations that match what is being typed. */
export function useTargets(text: () => string, enabled: () => boolean) {
  const q = useDebounced(() => text().trim(), TYPING_PAUSE_MS)
  const people = useQuery(() => ({
    ...peopleFound(q.value, SHOWN),
    enabled: enabled(),
    placeholderData: (previous) => previous,
  }))
  const organisations = useQuery(() => ({
    ...organisationsFound(q.value, 5),
    enabled: enabled(),
    placeholderData: (previous) => previous,
  }))
  return {
    people: computed(() => people.data.value?.items.slice(0, SHOWN) ?? []),
    organisations: computed(() => organisations.data.value?.slice(0, 5) ?? []),
    settled: computed(
      () => people.data.value !== undefined && q.value === text().trim() && people.asyncStatus.value === 'idle',
    ),
  }
}
