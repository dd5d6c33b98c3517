/** How a person's fields are laid out: groups in a fixed order, the preferred value first, former ones last. */
import { type Edited, type EditedField, editedFields, fields as known } from '@/api/catalogue'
import type { Person, PersonField, EditPerson } from './api'
import { splitList } from './split'

/** Other names stand last: the name itself is the page's title. */
const ORDER = [...known.map((field) => field.name).filter((name) => name !== 'name'), 'name']

const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

export interface FieldGroup {
  name: string
  fields: PersonField[]
}

export function groupFields(fields: PersonField[]): FieldGroup[] {
  const groups = new Map<string, PersonField[]>()
  for (const field of fields) {
    if (field.name === 'photo') continue
    groups.set(field.name, [...(groups.get(field.name) ?? []), field])
  }
  return [...groups]
    .map(([name, values]) => ({ name, fields: values.toSorted((a, b) => place(a) - place(b)) }))
    .filter(({ name, fields: values }) => name !== 'name' || values.length > 1)
    .toSorted((a, b) => rank(a.name) - rank(b.name))
}

const place = ({ preferred, former }: PersonField) => (former ? 2 : preferred ? 0 : 1)

/** A link for values that lead somewhere; only schemes that are safe to follow. */
export function hrefOf(field: PersonField): string | null {
  if (field.name === 'email') return `mailto:${field.value}`
  if (field.name === 'phone') return `tel:${field.value.replace(/[^+\d]/g, '')}`
  if (field.name === 'url' && /^https?:\/\//i.test(field.value)) return field.value
  return null
}

/** What the edit form holds: a text for each field, several values separated by commas. */
export type PersonForm = Record<Edited, string>

export function toForm(person: Person): PersonForm {
  const job = person.employments.find((employment) => employment.current) ?? person.employments[0]
  const valuesOf = ({ name }: EditedField): (string | null | undefined)[] => {
    if (name === 'name') return [person.display_name]
    if (name === 'organisation' || name === 'title') return [job?.[name]]
    return person.fields.filter((field) => field.name === name && !field.former).map((field) => field.value)
  }
  const textOf = (field: EditedField) => (field.many ? valuesOf(field).join(', ') : (valuesOf(field)[0] ?? ''))
  return Object.fromEntries(editedFields.map((field) => [field.key, textOf(field)])) as PersonForm
}

/** Whether two values of a field mean the same: spaces around them, and how a list is separated, do not matter. */
export function isSameValue(key: Edited, a: string, b: string): boolean {
  const many = editedFields.some((field) => field.key === key && field.many)
  return many ? splitList(a).join('\n') === splitList(b).join('\n') : a.trim() === b.trim()
}

/** Only what changed; an emptied field is null, which takes the owner's own word back. */
export function changesOf(before: PersonForm, after: PersonForm): EditPerson {
  const changed = editedFields.filter(({ key }) => !isSameValue(key, before[key], after[key]))
  const valueOf = ({ key, many }: EditedField) => {
    const list = splitList(after[key])
    return many ? (list.length > 0 ? list : null) : after[key].trim() || null
  }
  return Object.fromEntries(changed.map((field) => [field.key, valueOf(field)]))
}
