import { useQuery } from '@pinia/colada'
import { useRouter } from 'vue-router'
import { say, sayProblem } from '@/design/toasts'
import { useChanged } from '@/live/changes'
import { acceptInvitation, myInvitations, refuseInvitation, type Invitation, type Sharing } from '../api'
import { words } from '../words'

/** Invitations addressed to me, and my two answers. */
export function useInvitations() {
  const changed = useChanged()
  const router = useRouter()
  const query = useQuery(myInvitations)

  async function accept(invitation: Invitation, sharing: Sharing): Promise<void> {
    const circle = await acceptInvitation(invitation.id, sharing)
    say(words.joined(circle.name))
    void changed({ name: 'circle', id: circle.id })
    await router.push({ name: 'circle', params: { id: circle.id } })
  }
  async function refuse(invitation: Invitation): Promise<void> {
    await refuseInvitation(invitation.id).then(() => say(words.refused), sayProblem)
    await changed({ name: 'circle', id: invitation.circle.id })
  }
  return { ...query, accept, refuse }
}
