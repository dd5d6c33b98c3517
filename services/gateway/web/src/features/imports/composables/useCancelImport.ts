import { useQueryCache } from '@pinia/colada'
import { ref } from 'vue'
import { say, sayProblem } from '@/design/toasts'
import { cancelImport, type Import } from '../api'
import { words } from '../words'

/** Asks before an import is cancelled, and cancels it. */
export function useCancelImport(item: () => Import) {
  const cache = useQueryCache()
  const asking = ref(false)
  const busy = ref(false)

  async function cancel(): Promise<void> {
    const { id, file_name } = item()
    busy.value = true
    // It may have come to its end meanwhile: then the server says so, and the list shows it.
    await cancelImport(id).then(() => say(words.cancelDone(file_name)), sayProblem)
    await cache.invalidateQueries({ key: ['imports'] })
    busy.value = false
    asking.value = false
  }
  return { asking, busy, cancel }
}
