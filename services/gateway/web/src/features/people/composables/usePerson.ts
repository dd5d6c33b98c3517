import { useQuery } from '@pinia/colada'
import { sayProblem } from '@/design/toasts'
import { useChanged } from '@/live/changes'
import { mergePeople, personOf, takeOutRecord, undoMerge, updatePerson, type EditPerson, type Person } from '../api'

/** One person, and the ways to change them. The page shows its own writes at once; lists follow. */
export function usePerson(id: () => string) {
  const changed = useChanged()
  const query = useQuery(() => personOf(id()))

  const show = (data: Person) => void changed({ name: 'person', id: id() }, { key: personOf(id()).key, data })

  const update = async (changes: EditPerson, version: string) => show(await updatePerson(id(), changes, version))

  /** Merges another person into this one; the merge, for taking it back. */
  async function merge(other: string): Promise<string | undefined> {
    const person = await mergePeople(id(), other)
    show(person)
    // Somebody may have merged another one meanwhile, so the last merge need not be this one.
    return person.merged.find(({ person_id }) => person_id === other || person_id === id())?.merge_id
  }
  const unmerge = (mergeId: string) =>
    undoMerge(id(), mergeId)
      .then(show)
      .then(
        () => true,
        (error: unknown) => (sayProblem(error), false),
      )

  /** Who the record is now; none where it could not be taken out, which is said. */
  const takeOut = (record: string) =>
    takeOutRecord(id(), record).then(
      async (alone) => {
        await changed({ name: 'person', id: id() })
        return alone.display_name
      },
      (error: unknown) => (sayProblem(error), undefined),
    )

  return { ...query, update, merge, unmerge, takeOut }
}
