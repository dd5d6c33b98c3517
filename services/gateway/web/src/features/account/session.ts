/** Who is signed in. Asked once per page load; everything private waits for it. */
import { shallowRef } from 'vue'
import { ApiProblem, toProblem } from '@/api/problem'
import { useZone } from '@/lib/format'
import { removeAllDrafts, setDraftOwner } from '@/lib/draftStore'
import { getMe, signOut as endSession, type Me } from './api'

export const me = shallowRef<Me | null>(null)
export const sessionProblem = shallowRef<ApiProblem | null>(null)
let asked = false

export function setMe(value: Me | null): void {
  me.value = value
  asked = true
  useZone(value?.time_zone)
  setDraftOwner(value?.id)
}

export async function refreshMe(): Promise<Me | null> {
  sessionProblem.value = null
  try {
    setMe(await getMe())
  } catch (error) {
    const problem = toProblem(error)
    // Who was signed in still is while the server does not answer: the page stays, with all that was typed into it.
    if (problem.status !== 401 && me.value) return me.value
    if (problem.status !== 401) sessionProblem.value = problem
    setMe(null)
    asked = problem.status === 401
  }
  return me.value
}

export const ensureMe = () => (asked ? Promise.resolve(me.value) : refreshMe())

/** Leaves by loading the page afresh, so that nothing of the account stays in memory. */
export async function signOut(): Promise<void> {
  await endSession()
  removeAllDrafts()
  window.location.assign('/sign-in')
}

/** Only ever a path on this site: what follows sign-in must not be steered elsewhere. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
