/** Where a notification leads: only ever a page of this site. */
import type { Notification } from './api'

const SECTIONS: Record<string, string> = {
  import_succeeded: '/import',
  import_failed: '/import',
  reminder_due: '/reminders',
  circle_invitation: '/circles',
  circle_joined: '/circles',
}

export function linkOf(notification: Notification): string {
  const link = notification.link
  return link && /^\/(?![/\\])/.test(link) ? link : (SECTIONS[notification.kind] ?? '/')
}
