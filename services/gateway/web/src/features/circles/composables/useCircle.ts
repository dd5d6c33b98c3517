import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { toProblem } from '@/api/problem'
import { useChanged } from '@/live/changes'
import {
  circleOf,
  inviteMember,
  leaveCircle,
  updateMembership,
  withdrawInvitation,
  type Circle,
  type Sharing,
  type SharingException,
} from '../api'

/** How often a change of the exceptions is tried anew because somebody else changed the circle in between. */
const TRIES = 4

/** One circle as a member sees it, with what a member may do. */
export function useCircle(id: () => string) {
  const changed = useChanged()
  const query = useQuery(() => circleOf(id()))
  const mine = computed(() => query.data.value?.members.find((member) => member.me))

  const show = (data: Circle) => void changed({ name: 'circle', id: id() }, { key: circleOf(id()).key, data })

  /**
   * Changes the exceptions. They are sent as a whole, so the change is made on the newest ones that there are:
   * `change` is asked again with those, and gives null where it cannot decide by itself.
   */
  async function except(change: (exceptions: SharingException[]) => SharingException[] | null): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const circle = query.data.value
      const exceptions = circle && change(circle.exceptions ?? [])
      if (!exceptions) return false
      try {
        show(await updateMembership(id(), { exceptions }, circle.tag))
        return true
      } catch (error) {
        if (toProblem(error).status !== 412 || tries === TRIES) throw error
        await query.refetch()
      }
    }
  }

  return {
    ...query,
    mine,
    share: async (sharing: Sharing) => show(await updateMembership(id(), { sharing })),
    except,
    invite: async (email: string) => {
      await inviteMember(id(), email)
      await changed({ name: 'circle', id: id() })
    },
    withdraw: async (invitation: string) => {
      await withdrawInvitation(id(), invitation)
      await changed({ name: 'circle', id: id() })
    },
    leave: async () => {
      await leaveCircle(id())
      void changed({ name: 'circle', id: id() })
    },
  }
}
