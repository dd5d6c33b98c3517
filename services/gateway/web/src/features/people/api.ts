import { idempotencyKey, unwrap, unwrapTagged, type Tagged } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type {
  Edge as GraphEdge,
  EditPerson,
  Evidence,
  Field as PersonField,
  Neighbourhood,
  Node as GraphNode,
  Organisation,
  PersonSummary,
} from '@/api/generated'
/** With the tag that guards an edit. */
export type Person = Tagged<sdk.Person>

export const searchPeople = (q: string, cursor?: string, limit = 50) =>
  unwrap(sdk.listPeople({ query: { q: q || undefined, cursor: cursor || undefined, limit } }))
/** The first few people found, for pickers. */
export const peopleFound = (q: string, limit: number) =>
  queryOf('listPeople', ['first', q, limit], () => searchPeople(q, undefined, limit))
export const organisationsFound = (q: string, limit: number) =>
  queryOf(
    'listOrganisations',
    [q, limit],
    async () => (await unwrap(sdk.listOrganisations({ query: { q: q || undefined, limit } }))).items,
  )

export const getPerson = (id: string) => unwrapTagged(sdk.getPerson({ path: { id } }))
export const personOf = (id: string) => queryOf('getPerson', [id], () => getPerson(id))
export const createPerson = (body: sdk.AddPerson) => unwrap(sdk.addPerson({ body, headers: idempotencyKey() }))
export const updatePerson = (id: string, body: sdk.EditPerson, tag: string) =>
  unwrapTagged(sdk.editPerson({ path: { id }, body, headers: { 'If-Match': tag } }))
export const mergePeople = (id: string, personId: string) =>
  unwrapTagged(sdk.mergePeople({ path: { id }, body: { person_id: personId } }))
export const undoMerge = (id: string, mergeId: string) =>
  unwrapTagged(sdk.unmergePeople({ path: { id, merge_id: mergeId } }))
export const takeOutRecord = (id: string, record: string) =>
  unwrapTagged(sdk.takeOutRecord({ path: { id, record_id: record } }))
export const recordsOf = (id: string) =>
  queryOf('listRecords', [id], async () => (await unwrap(sdk.listRecords({ path: { id } }))).items)

export const tiesOf = (id: string) =>
  queryOf('listTies', [id], async () => (await unwrap(sdk.listTies({ path: { id }, query: { limit: 50 } }))).items)
export const neighbourhoodOf = (id: string) =>
  queryOf('getNeighbourhood', [id], () => unwrap(sdk.getNeighbourhood({ path: { id }, query: { limit: 40 } })))

export const annotationsOf = (id: string) =>
  queryOf('getAnnotations', [id], () => unwrap(sdk.getAnnotations({ path: { id } })))
export const addTag = (id: string, tag: string) => unwrap(sdk.putTag({ path: { id, tag } }))
export const removeTag = (id: string, tag: string) => unwrap(sdk.deleteTag({ path: { id, tag } }))
export const addNote = (id: string, text: string) => unwrap(sdk.addNote({ path: { id }, body: { text } }))
export const removeNote = (id: string, note: string) => unwrap(sdk.deleteNote({ path: { id, note } }))
