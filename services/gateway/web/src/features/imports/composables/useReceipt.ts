import { inBackground } from '@/lib/background'
import { useInfiniteQuery, useQuery } from '@pinia/colada'
import { computed, onScopeDispose, watch } from 'vue'
import { getImport, getReceipt, type Outcome } from '../api'
import { isRunning } from './useImports'

const POLL_MS = 1_500

/** One import and the lines of its receipt, by outcome. */
export function useReceipt(id: () => string, outcome: () => Outcome | '') {
  const item = useQuery({ key: () => ['imports', id()], query: () => getImport(id()) })
  const lines = useInfiniteQuery({
    key: () => ['receipt', id(), outcome()],
    query: ({ pageParam }) => getReceipt(id(), outcome() || undefined, pageParam || undefined),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  })

  let timer: ReturnType<typeof setInterval> | undefined
  watch(
    () => item.data.value && isRunning(item.data.value),
    (busy, wasBusy) => {
      clearInterval(timer)
      if (busy) timer = setInterval(() => inBackground(item.refetch()), POLL_MS)
      if (wasBusy && !busy) inBackground(lines.refetch())
    },
    { immediate: true },
  )
  onScopeDispose(() => clearInterval(timer))

  return { item, lines, all: computed(() => lines.data.value?.pages.flatMap((page) => page.items)) }
}
