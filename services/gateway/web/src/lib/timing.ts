import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** A copy of a value that follows it once it has been still for a while. */
export function useDebounced<T>(source: () => T, delayMs: number): Ref<T> {
  const settled = ref(source()) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = value), delayMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return settled
}
