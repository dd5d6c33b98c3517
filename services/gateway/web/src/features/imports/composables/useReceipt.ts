import { useQuery } from '@pinia/colada'
import { computed, onScopeDispose, watch } from 'vue'
import { inBackground } from '@/lib/background'
import { usePages } from '@/lib/pages'
import { keyOf } from '@/live/answers'
import { getReceipt, importOf, type Outcome, type Receipt, type ReceiptLine } from '../api'
import { isRunning } from './useImports'

const POLL_MS = 1_500

/** One import and the lines of its receipt, by outcome. */
export function useReceipt(id: () => string, outcome: () => Outcome | '') {
  const item = useQuery(() => importOf(id()))
  const lines = usePages<ReceiptLine, Receipt>({
    key: () => keyOf('getReceipt', id(), outcome()),
    fetch: (cursor) => getReceipt(id(), outcome() || undefined, cursor || undefined),
  })
  // Lines are added at the end and counted above; the others are fetched again once the import has ended.
  const running = computed(() => item.data.value !== undefined && isRunning(item.data.value))
  watch(
    [running, () => lines.pages.value.length],
    ([busy, count]) => inBackground(lines.show(busy ? count - 1 : 0, count - 1)),
    { immediate: true },
  )

  let timer: ReturnType<typeof setInterval> | undefined
  watch(
    running,
    (busy, wasBusy) => {
      clearInterval(timer)
      if (busy) timer = setInterval(() => inBackground(item.refetch()), POLL_MS)
      if (wasBusy && !busy) inBackground(lines.refetch())
    },
    { immediate: true },
  )
  onScopeDispose(() => clearInterval(timer))

  return { item, lines, all: computed(() => lines.data.value && lines.rows.value.map((row) => row.item)) }
}
