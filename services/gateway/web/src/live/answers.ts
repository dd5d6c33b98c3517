/**
 * Which answers of the API a change makes doubtful. The one place that knows: what the event stream tells, what this
 * browser's own writes change, and how every cached answer is named. `answers.spec.ts` compares it with the services.
 */
import type { EntryKey } from '@pinia/colada'

/** The changes that the server's event stream tells of. */
export const EVENT_NAMES = ['import', 'notification', 'person', 'circle', 'reminder'] as const
/** Changes that no event tells of: the tab that makes one tells the browser's other tabs itself. */
const OWN_NAMES = ['annotation', 'account', 'preferences', 'read', 'session'] as const

export type EventName = (typeof EVENT_NAMES)[number]
export type ChangeName = EventName | (typeof OWN_NAMES)[number]

/** What changed, and which one of its kind (null: several). `resync`: something was missed, so anything may have. */
export type Change = { name: ChangeName; id: string | null } | { name: 'resync' }

/**
 * How far a change reaches among the cached answers of one operation.
 * - `all`: every one of them.
 * - `same`: those about the very thing that changed: its id follows the operation in the key.
 * - `consent`: every one, and those that are not on screen are forgotten: what somebody no longer shares must not be
 *   shown once more on the way back to a page.
 */
type Scope = 'all' | 'same' | 'consent'

/** A notification may say that an import has been applied everywhere, which nothing else tells. */
const OF_PEOPLE = { person: 'all', import: 'all', notification: 'all', circle: 'consent', annotation: 'all' } as const
const OF_TIES = { person: 'all', import: 'all', notification: 'all', circle: 'consent' } as const

/** The operations whose answers are cached, by the name the API gives them, and what changes those answers. */
export const ANSWERS = {
  listPeople: OF_PEOPLE,
  listOrganisations: OF_PEOPLE,
  listTies: OF_TIES,
  getNeighbourhood: OF_TIES,
  getPaths: OF_TIES,
  getPerson: { person: 'same', import: 'all' },
  listRecords: { person: 'same', import: 'all' },
  getAnnotations: { annotation: 'same', person: 'same' },
  listImports: { import: 'all', notification: 'all' },
  getImport: { import: 'same', notification: 'all' },
  getReceipt: { import: 'same' },
  listCircles: { circle: 'all', account: 'all' },
  getCircle: { circle: 'same', account: 'all' },
  listInvitations: { circle: 'all' },
  listNotifications: { notification: 'all', reminder: 'all', read: 'all' },
  listReminders: { reminder: 'all' },
  getPreferences: { preferences: 'all' },
  listSessions: { session: 'all' },
} satisfies Record<string, Partial<Record<ChangeName, Scope>>>

export type Operation = keyof typeof ANSWERS

function scopeOf(change: Change, key: EntryKey): Scope | undefined {
  if (change.name === 'resync') return 'consent'
  const row: Partial<Record<ChangeName, Scope>> | undefined = ANSWERS[key[0] as Operation]
  return row?.[change.name]
}

/** Whether a change makes the cached answer of this key doubtful. */
export function isTouched(change: Change, key: EntryKey): boolean {
  const scope = scopeOf(change, key)
  if (scope !== 'same') return scope !== undefined
  return change.name === 'resync' || change.id === null || change.id === key[1]
}

/** Whether the cached answer of this key must not be shown any more unless it is on screen and asked for again. */
export const isForgotten = (change: Change, key: EntryKey) =>
  scopeOf(change, key) === 'consent' && 'circle' in (ANSWERS[key[0] as Operation] ?? {})

/** A cached answer: its key begins with the operation that `query` calls, and then says with what. */
export function queryOf<T>(operation: Operation, about: (string | number)[], query: () => Promise<T>) {
  return { key: keyOf(operation, ...about), query }
}

/** The key of an operation's answers: all of them, or those about something. */
export const keyOf = (operation: Operation, ...about: (string | number)[]): EntryKey => [operation, ...about]
