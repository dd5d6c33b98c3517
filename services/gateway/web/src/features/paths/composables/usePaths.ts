import { useQuery } from '@pinia/colada'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { personOf } from '@/features/people/api'
import { isGone } from '@/live/gone'
import { pathsTo, type Target } from '../api'
import { words } from '../words'

const NOBODY: Target = { kind: 'person', id: '' }
const first = (value: unknown) => (typeof value === 'string' && value ? value : null)

/** The target is in the URL; the name beside it comes from the choice, the answer, or the person. */
export function usePaths() {
  const route = useRoute()
  const router = useRouter()
  const target = computed<Target | null>(() => {
    const id = first(route.query.to)
    const name = first(route.query.to_organisation)
    return id ? { kind: 'person', id } : name ? { kind: 'organisation', name } : null
  })
  const keyOfTarget = computed(() => (target.value?.kind === 'person' ? target.value.id : (target.value?.name ?? '')))
  const chosenLabel = ref<{ key: string; label: string } | null>(null)

  const paths = useQuery(() => ({
    ...pathsTo(target.value ?? NOBODY),
    enabled: target.value !== null,
  }))
  const person = useQuery(() => ({
    ...personOf(keyOfTarget.value),
    // A path names its end; only where there is none the person has to.
    enabled:
      target.value?.kind === 'person' &&
      chosenLabel.value?.key !== keyOfTarget.value &&
      paths.data.value?.items.length === 0,
  }))

  // Whom no path leads to any more, or who is not shared any more, is not named from memory.
  watch([paths.error, () => paths.data.value?.items.length], ([error, count], [, before]) => {
    if (isGone(error) || (count === 0 && before)) chosenLabel.value = null
  })

  const targetName = computed(() => {
    if (!target.value) return ''
    if (target.value.kind === 'organisation') return target.value.name
    if (chosenLabel.value?.key === keyOfTarget.value) return chosenLabel.value.label
    return paths.data.value?.items[0]?.people.at(-1)?.display_name ?? person.data.value?.display_name ?? ''
  })

  function choose(choice: Target & { label: string }): void {
    chosenLabel.value = { key: choice.kind === 'person' ? choice.id : choice.name, label: choice.label }
    void router.push({ query: choice.kind === 'person' ? { to: choice.id } : { to_organisation: choice.name } })
  }

  const shown = ref(0)
  watch(keyOfTarget, () => (shown.value = 0))

  return {
    ...paths,
    target,
    targetName,
    nameOrSomeone: computed(() => targetName.value || words.someone),
    choose,
    shown,
  }
}
