/** Sends a form once at a time and keeps what the server complained about. */
import { computed, ref, shallowRef } from 'vue'
import { toProblem, type ApiProblem } from '@/api/problem'

export function useForm(fields: string[], send: () => Promise<unknown>) {
  const busy = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)

  async function submit(): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      await send()
    } catch (error) {
      problem.value = toProblem(error)
    } finally {
      busy.value = false
    }
  }

  return {
    busy,
    submit,
    problem,
    /** The complaint to show at a field. */
    errorAt: (field: string) => problem.value?.at(field),
    /** The problem, unless every part of it is shown at a field. */
    notice: computed(() => (problem.value && !problem.value.isCoveredBy(fields) ? problem.value : null)),
  }
}
