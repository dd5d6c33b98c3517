import { inBackground } from '@/lib/background'
import { useQuery, useQueryCache } from '@pinia/colada'
import { computed, onScopeDispose, watch } from 'vue'
import { myImports, type Import } from '../api'
import { useChanged } from '@/live/changes'
import { onImportStarted } from './useUploads'

const POLL_MS = 1_500

export const isRunning = (item: Import) => item.status === 'queued' || item.status === 'running'

/** How far it is, from 0 to 1; null where nobody knows. */
export function progressOf(item: Import): number | null {
  if (item.status === 'succeeded') return 1
  if (!item.bytes_total || item.status === 'queued' || item.stage === 'applying') return null
  return item.bytes_done / item.bytes_total
}

/** The account's imports. Live events refresh them; while one runs they are also asked for, should events fail. */
export function useImports() {
  const cache = useQueryCache()
  const changed = useChanged()
  const query = useQuery(myImports)
  const running = computed(() => (query.data.value ?? []).filter(isRunning))

  let timer: ReturnType<typeof setInterval> | undefined
  watch(
    () => running.value.length > 0,
    (busy, wasBusy) => {
      clearInterval(timer)
      if (busy)
        timer = setInterval(() => document.visibilityState === 'visible' && inBackground(query.refetch()), POLL_MS)
      if (wasBusy && !busy) void changed({ name: 'import', id: null })
    },
    { immediate: true },
  )
  const stop = onImportStarted((started) => {
    cache.setQueryData(myImports().key, (items: Import[] | undefined) => [
      started,
      ...(items ?? []).filter(({ id }) => id !== started.id),
    ])
    inBackground(query.refetch())
  })
  onScopeDispose(() => {
    clearInterval(timer)
    stop()
  })
  return { ...query, running }
}
