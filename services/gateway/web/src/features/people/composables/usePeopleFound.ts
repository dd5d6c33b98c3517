import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { useDebounced } from '@/lib/timing'
import { peopleFound } from '../api'

const TYPING_PAUSE_MS = 150

/** The first people who match what is being typed. Until an answer is there, the one before it stays. */
export function usePeopleFound(text: () => string, limit: number, enabled: (q: string) => boolean) {
  const q = useDebounced(() => text().trim(), TYPING_PAUSE_MS)
  const { data, asyncStatus } = useQuery(() => ({
    ...peopleFound(q.value, limit),
    enabled: enabled(q.value),
    placeholderData: (previous) => previous,
  }))
  return {
    q,
    people: computed(() => data.value?.items),
    /** Whether they are those who match what is typed now. */
    settled: computed(() => data.value !== undefined && q.value === text().trim() && asyncStatus.value === 'idle'),
  }
}
