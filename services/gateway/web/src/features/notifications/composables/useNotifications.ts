import { inBackground } from '@/lib/background'
import { useQuery } from '@pinia/colada'
import { computed, onScopeDispose } from 'vue'
import { sayProblem } from '@/design/toasts'
import { useChanged } from '@/live/changes'
import { markAllRead, markRead, myNotifications, type Notification } from '../api'

const POLL_MS = 60_000

export function useNotifications() {
  const changed = useChanged()
  const query = useQuery(myNotifications)
  const refresh = () => changed({ name: 'read', id: null })

  // Live events do the work; this is for when they cannot get through.
  const timer = setInterval(() => document.visibilityState === 'visible' && inBackground(query.refetch()), POLL_MS)
  onScopeDispose(() => clearInterval(timer))

  return {
    items: computed(() => query.data.value?.items ?? []),
    unread: computed(() => query.data.value?.unread ?? 0),
    read: async (notification: Notification) => {
      if (notification.read_at) return
      await markRead(notification.id).catch(sayProblem)
      await refresh()
    },
    readAll: async () => {
      await markAllRead().catch(sayProblem)
      await refresh()
    },
  }
}
