/** What formats, sources and fields are called, and which fields can be edited. Made from the server's own tables. */
import type { EditPerson } from './generated'
import catalogue from './catalogue.json'

/** By name; a server of a later version may know names that are not here. */
export const formats: Record<string, string> = catalogue.formats
export const sources: Record<string, string> = catalogue.sources

/** In the order in which they are shown. */
export const fields: { name: string; label: string }[] = catalogue.fields

export type Edited = keyof EditPerson
export interface EditedField {
  name: string
  key: Edited
  label: string
  /** Whether it may have several values. */
  many: boolean
  example: string | null
}
export const editedFields: EditedField[] = catalogue.fields.flatMap(({ name, edited }) =>
  edited ? [{ name, ...edited, key: edited.key as Edited }] : [],
)

export const editedLabels = Object.fromEntries(editedFields.map(({ key, label }) => [key, label])) as Record<
  Edited,
  string
>
