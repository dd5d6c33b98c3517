/** Makes the sample network, waits until everybody's part of it is read, and finds a path worth showing. */
import { useQueryCache } from '@pinia/colada'
import { onScopeDispose, ref } from 'vue'
import { toProblem, type ApiProblem } from '@/api/problem'
import { listImports, myImports } from '@/features/imports/api'
import { isRunning } from '@/features/imports/composables/useImports'
import { searchPeople } from '@/features/people/api'
import { findPaths } from '@/features/paths/api'
import { useChanged } from '@/live/changes'
import { createSampleNetwork } from '../api'

const POLL_MS = 1_000
const TRIES = 90
const CANDIDATES = 5
const WANTED_STEPS = 3
/** The sample is made so that she is three steps away, never fewer. */
const STRANGER = 'Ada Lovelace'

export interface SampleTarget {
  id: string
  name: string
  steps: number
}

export type SampleState =
  | { step: 'idle' | 'making' | 'importing' }
  | { step: 'ready'; target: SampleTarget | null }
  | { step: 'failed'; problem: ApiProblem }

async function stepsTo(id: string): Promise<number> {
  return (await findPaths({ kind: 'person', id }, 1)).items[0]?.steps.length ?? 0
}

async function findStranger(): Promise<SampleTarget | null> {
  const { items } = await searchPeople(STRANGER, undefined, CANDIDATES)
  for (const { id, display_name: name } of items) {
    // Whoever is not known to the network yet is no reason to give up.
    const steps = await stepsTo(id).catch(() => 0)
    if (steps >= WANTED_STEPS) return { id, name, steps }
  }
  return null
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS))

export function useSampleNetwork() {
  const cache = useQueryCache()
  const changed = useChanged()
  const state = ref<SampleState>({ step: 'idle' })
  let gone = false
  onScopeDispose(() => (gone = true))

  /** My own imports can be seen; whether the others' are applied shows in the paths only. */
  async function waitForPath(): Promise<SampleTarget | null> {
    for (let tries = 0; tries < TRIES && !gone; tries++) {
      const imports = await listImports()
      cache.setQueryData(myImports().key, imports)
      if (imports.length > 0 && !imports.some(isRunning)) {
        const target = await findStranger()
        if (target) return target
      }
      await pause()
    }
    return null
  }

  async function start(): Promise<void> {
    state.value = { step: 'making' }
    try {
      await createSampleNetwork()
      state.value = { step: 'importing' }
      const target = await waitForPath()
      state.value = { step: 'ready', target }
      for (const name of ['circle', 'notification'] as const) void changed({ name, id: null })
    } catch (error) {
      state.value = { step: 'failed', problem: toProblem(error) }
    }
  }
  return { state, start }
}
