import { ref } from 'vue'
import { say, sayProblem } from '@/design/toasts'
import { useChanged } from '@/live/changes'
import { cancelImport, type Import } from '../api'
import { words } from '../words'

/** Asks before an import is cancelled, and cancels it. */
export function useCancelImport(item: () => Import) {
  const changed = useChanged()
  const asking = ref(false)
  const busy = ref(false)

  async function cancel(): Promise<void> {
    const { id, file_name } = item()
    busy.value = true
    // It may have come to its end meanwhile: then the server says so, and the list shows it.
    await cancelImport(id).then(() => say(words.cancelDone(file_name)), sayProblem)
    await changed({ name: 'import', id })
    busy.value = false
    asking.value = false
  }
  return { asking, busy, cancel }
}
