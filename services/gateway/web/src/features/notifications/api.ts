import { unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Notification } from '@/api/generated'

export const myNotifications = () =>
  queryOf('listNotifications', [], () => unwrap(sdk.listNotifications({ query: { limit: 30 } })))
export const markRead = (id: string) => unwrap(sdk.editNotification({ path: { id }, body: { read: true } }))
export const markAllRead = () => unwrap(sdk.readAllNotifications())
