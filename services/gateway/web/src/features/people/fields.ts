/** How a person's fields are laid out on the page: groups in a fixed order, the preferred value first. */
import type { Person, PersonField, EditPerson } from './api'
import { splitList } from './split'

const ORDER = ['email', 'phone', 'url', 'address', 'birthday', 'nickname', 'related', 'note', 'custom', 'name']

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
    .map(([name, values]) => ({ name, fields: values.toSorted((a, b) => Number(b.preferred) - Number(a.preferred)) }))
    .filter(({ name, fields: values }) => name !== 'name' || values.length > 1)
    .toSorted((a, b) => rank(a.name) - rank(b.name))
}

/** A link for values that lead somewhere; only schemes that are safe to follow. */
export function hrefOf(field: PersonField): string | null {
  if (field.name === 'email') return `mailto:${field.value}`
  if (field.name === 'phone') return `tel:${field.value.replace(/[^+\d]/g, '')}`
  if (field.name === 'url' && /^https?:\/\//i.test(field.value)) return field.value
  return null
}

/** What the edit form holds. */
export type PersonForm = {
  display_name: string
  nickname: string
  emails: string
  phones: string
  urls: string
  organisation: string
  title: string
  birthday: string
}

export function toForm(person: Person): PersonForm {
  const all = (name: string) => person.fields.filter((field) => field.name === name).map((field) => field.value)
  const job = person.employments.find((employment) => employment.current) ?? person.employments[0]
  return {
    display_name: person.display_name,
    nickname: all('nickname')[0] ?? '',
    emails: all('email').join(', '),
    phones: all('phone').join(', '),
    urls: all('url').join(', '),
    organisation: job?.organisation ?? '',
    title: job?.title ?? '',
    birthday: all('birthday')[0] ?? '',
  }
}

const LISTS = ['emails', 'phones', 'urls'] as const
const SINGLES = ['display_name', 'nickname', 'organisation', 'title', 'birthday'] as const

/** Whether two values of a field mean the same: spaces around them, and how a list is separated, do not matter. */
export function isSameValue(field: keyof PersonForm, a: string, b: string): boolean {
  return isList(field) ? splitList(a).join('\n') === splitList(b).join('\n') : a.trim() === b.trim()
}
const isList = (field: keyof PersonForm): field is (typeof LISTS)[number] => LISTS.some((name) => name === field)

/** Only what changed; an emptied field is null, which takes the owner's own word back. */
export function changesOf(before: PersonForm, after: PersonForm): EditPerson {
  const changes: EditPerson = {}
  for (const name of SINGLES)
    if (!isSameValue(name, before[name], after[name])) changes[name] = after[name].trim() || null
  for (const name of LISTS) {
    const list = splitList(after[name])
    if (!isSameValue(name, before[name], after[name])) changes[name] = list.length > 0 ? list : null
  }
  return changes
}
