import { inBackground } from '@/lib/background'
import { useQuery, useQueryCache } from '@pinia/colada'
import { computed } from 'vue'
import {
  getCircle,
  inviteMember,
  leaveCircle,
  updateMembership,
  withdrawInvitation,
  type Circle,
  type SharingException,
  type Sharing,
} from '../api'

/** One circle as a member sees it, with what a member may do. */
export function useCircle(id: () => string) {
  const cache = useQueryCache()
  const query = useQuery({ key: () => ['circles', id()], query: () => getCircle(id()) })
  const mine = computed(() => query.data.value?.members.find((member) => member.me))

  function show(circle: Circle): void {
    cache.setQueryData(['circles', id()], circle)
    for (const key of [['circles'], ['people'], ['paths'], ['organisations']])
      inBackground(cache.invalidateQueries({ key }))
  }

  return {
    ...query,
    mine,
    share: async (sharing: Sharing) => show(await updateMembership(id(), { sharing })),
    except: async (exceptions: SharingException[]) => show(await updateMembership(id(), { exceptions })),
    invite: async (email: string) => {
      await inviteMember(id(), email)
      await query.refetch()
    },
    withdraw: async (invitation: string) => {
      await withdrawInvitation(id(), invitation)
      await query.refetch()
    },
    leave: async () => {
      await leaveCircle(id())
      inBackground(cache.invalidateQueries({ key: ['people'] }))
    },
  }
}
