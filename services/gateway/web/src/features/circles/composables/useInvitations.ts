import { inBackground } from '@/lib/background'
import { useQuery, useQueryCache } from '@pinia/colada'
import { useRouter } from 'vue-router'
import { say, sayProblem } from '@/design/toasts'
import { acceptInvitation, listInvitations, refuseInvitation, type Invitation, type Sharing } from '../api'
import { words } from '../words'

/** Invitations addressed to me, and my two answers. */
export function useInvitations() {
  const cache = useQueryCache()
  const router = useRouter()
  const query = useQuery({ key: ['invitations'], query: listInvitations })

  async function refresh(): Promise<void> {
    await Promise.all([
      cache.invalidateQueries({ key: ['invitations'] }),
      cache.invalidateQueries({ key: ['circles'] }),
    ])
  }
  async function accept(invitation: Invitation, sharing: Sharing): Promise<void> {
    const circle = await acceptInvitation(invitation.id, sharing)
    say(words.joined(circle.name))
    inBackground(refresh())
    await router.push({ name: 'circle', params: { id: circle.id } })
  }
  async function refuse(invitation: Invitation): Promise<void> {
    await refuseInvitation(invitation.id).then(() => say(words.refused), sayProblem)
    await refresh()
  }
  return { ...query, accept, refuse }
}
