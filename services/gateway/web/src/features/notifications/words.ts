import { plural } from '@/lib/format'

export const words = {
  title: 'Notifications',
  bell: (unread: number) => (unread > 0 ? `Notifications, ${unread} unread` : 'Notifications'),
  readAll: 'Mark all as read',
  none: 'All quiet. Finished imports, invitations and reminders appear here.',
  unread: 'Unread',
  news: (unread: number) => plural(unread, 'unread notification', 'unread notifications'),
}
