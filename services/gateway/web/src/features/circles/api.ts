import { idempotencyKey, unwrap, unwrapTagged } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Circle, Invitation, Sharing, SharingException } from '@/api/generated'

export const myCircles = () => queryOf('listCircles', [], async () => (await unwrap(sdk.listCircles())).items)
export const circleOf = (id: string) => queryOf('getCircle', [id], () => unwrapTagged(sdk.getCircle({ path: { id } })))
export const createCircle = (name: string) => unwrap(sdk.createCircle({ body: { name }, headers: idempotencyKey() }))
export const inviteMember = (id: string, email: string) =>
  unwrap(sdk.inviteMember({ path: { id }, body: { email }, headers: idempotencyKey() }))
export const withdrawInvitation = (id: string, invitation: string) =>
  unwrap(sdk.withdrawInvitation({ path: { id, invitation } }))

export const myInvitations = () =>
  queryOf('listInvitations', [], async () => (await unwrap(sdk.listInvitations())).items)
export const acceptInvitation = (id: string, sharing: sdk.Sharing) =>
  unwrap(sdk.acceptInvitation({ path: { id }, body: { sharing } }))
export const acceptByCode = (code: string, sharing: sdk.Sharing) =>
  unwrap(sdk.acceptInvitationByCode({ body: { code, sharing } }))
export const refuseInvitation = (id: string) => unwrap(sdk.refuseInvitation({ path: { id } }))

/** With a tag it is refused when the circle has changed since. */
export const updateMembership = (id: string, body: sdk.UpdateMembership, tag?: string) =>
  unwrapTagged(
    sdk.updateMembership({
      path: { id },
      body,
      headers: tag === undefined ? undefined : { 'If-Match': tag },
    }),
  )
export const leaveCircle = (id: string) => unwrap(sdk.leaveCircle({ path: { id } }))
