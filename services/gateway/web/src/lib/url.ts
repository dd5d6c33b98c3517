import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** One query parameter as a ref: the URL owns it, so that Back, reload and a shared link all agree. */
export function useQueryParam(name: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => {
      const value = route.query[name]
      return (Array.isArray(value) ? value[0] : value) ?? ''
    },
    set: (value) => {
      const query = { ...route.query }
      if (value) query[name] = value
      else delete query[name]
      void router.replace({ query })
    },
  })
}
