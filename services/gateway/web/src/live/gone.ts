/** What the server says is gone, or is not for us any more, does not stay on screen from an earlier answer. */
import type { PiniaColadaPlugin } from '@pinia/colada'
import { ApiProblem } from '@/api/problem'

const GONE = [403, 404, 410]

export const isGone = (error: unknown) => error instanceof ApiProblem && GONE.includes(error.status)

export const forgetGone: PiniaColadaPlugin = ({ queryCache }) => {
  queryCache.$onAction(({ name, args }) => {
    if (name !== 'setEntryState') return
    const state = args[1]
    if (state.status === 'error' && isGone(state.error)) state.data = undefined
  })
}
