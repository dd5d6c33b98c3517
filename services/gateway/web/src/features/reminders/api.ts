import { idempotencyKey, unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Reminder } from '@/api/generated'

export const myReminders = () =>
  queryOf('listReminders', [], async () => (await unwrap(sdk.listReminders({ query: { limit: 200 } }))).items)
export const createReminder = (body: sdk.ReminderInput) =>
  unwrap(sdk.createReminder({ body, headers: idempotencyKey() }))
export const updateReminder = (id: string, body: sdk.ReminderEdit) => unwrap(sdk.editReminder({ path: { id }, body }))
export const deleteReminder = (id: string) => unwrap(sdk.deleteReminder({ path: { id } }))
