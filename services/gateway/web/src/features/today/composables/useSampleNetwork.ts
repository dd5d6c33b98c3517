/** Makes the sample network, waits until it is read, and finds a path worth showing. */
import { useQueryCache } from '@pinia/colada'
import { onScopeDispose, ref } from 'vue'
import { toProblem, type ApiProblem } from '@/api/problem'
import { listImports } from '@/features/imports/api'
import { isRunning } from '@/features/imports/composables/useImports'
import { searchPeople } from '@/features/people/api'
import { findPaths } from '@/features/paths/api'
import { createSampleNetwork } from '../api'

const POLL_MS = 1_000
const TRIES = 90
const CANDIDATES = 24
const WANTED_STEPS = 3

export type SampleState =
  | { step: 'idle' | 'making' | 'importing' }
  | { step: 'ready'; target: { id: string; name: string; steps: number } | null }
  | { step: 'failed'; problem: ApiProblem }

/** Somebody three steps away; failing that, whoever is furthest. */
async function findTarget() {
  const found = await searchPeople('', undefined, 200)
  const strangers = found.items
    .filter((person) => !person.owner.me)
    .toReversed()
    .slice(0, CANDIDATES)
  let best: { id: string; name: string; steps: number } | null = null
  for (const person of strangers) {
    const path = (await findPaths({ kind: 'person', id: person.id }, 1)).items[0]
    if (!path) continue
    if (path.steps.length > (best?.steps ?? 1))
      best = { id: person.id, name: person.display_name, steps: path.steps.length }
    if (best && best.steps >= WANTED_STEPS) break
  }
  return best
}

export function useSampleNetwork() {
  const cache = useQueryCache()
  const state = ref<SampleState>({ step: 'idle' })
  let gone = false
  onScopeDispose(() => (gone = true))

  async function waitForImports(): Promise<void> {
    for (let tries = 0; tries < TRIES && !gone; tries++) {
      const imports = await listImports()
      cache.setQueryData(['imports'], imports)
      if (imports.length > 0 && !imports.some(isRunning)) return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  async function start(): Promise<void> {
    state.value = { step: 'making' }
    try {
      await createSampleNetwork()
      state.value = { step: 'importing' }
      await waitForImports()
      const target = await findTarget()
      state.value = { step: 'ready', target }
      for (const key of [['people'], ['circles'], ['organisations'], ['notifications']])
        void cache.invalidateQueries({ key })
    } catch (error) {
      state.value = { step: 'failed', problem: toProblem(error) }
    }
  }
  return { state, start }
}
