import { inBackground } from '@/lib/background'
import { useQuery, useQueryCache } from '@pinia/colada'
import { toProblem } from '@/api/problem'
import { sayProblem } from '@/design/toasts'
import { getPerson, mergePeople, undoMerge, updatePerson, type Person, type EditPerson } from '../api'

/** One person, and the ways to change them. The page shows its own writes at once; lists follow. */
export function usePerson(id: () => string) {
  const cache = useQueryCache()
  const query = useQuery({ key: () => ['person', id(), 'fields'], query: () => getPerson(id()) })

  function show(person: Person): void {
    cache.setQueryData(['person', id(), 'fields'], person)
    for (const key of [['people'], ['person', id(), 'ties'], ['person', id(), 'around'], ['person', id(), 'records']]) {
      inBackground(cache.invalidateQueries({ key }))
    }
  }

  async function update(changes: EditPerson): Promise<void> {
    const version = query.data.value?.version ?? 0
    try {
      show(await updatePerson(id(), changes, version))
    } catch (error) {
      if (toProblem(error).slug === 'version-mismatch') await query.refetch()
      throw error
    }
  }

  const merge = async (other: string) => show(await mergePeople(id(), other))
  const unmerge = (mergeId: string) =>
    undoMerge(id(), mergeId)
      .then(show)
      .then(
        () => true,
        (error: unknown) => (sayProblem(error), false),
      )

  return { ...query, update, merge, unmerge }
}
