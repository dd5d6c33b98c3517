import { idempotencyKey, unwrap, unwrapTagged, type Tagged } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Account, Address, AddressKind, Session } from '@/api/generated'
/** With the tag that guards an edit. */
export type Me = Tagged<sdk.Me>

export const signUp = (body: sdk.CreateAccount) => unwrap(sdk.createAccount({ body, headers: idempotencyKey() }))
export const signIn = (body: sdk.CreateSession) => unwrap(sdk.createSession({ body }))
export const signOut = () => unwrap(sdk.endSession())
export const getMe = () => unwrapTagged(sdk.getMe())
export const updateMe = (body: sdk.UpdateMe, tag: string) =>
  unwrapTagged(sdk.updateMe({ body, headers: { 'If-Match': tag } }))

export const mySessions = () => queryOf('listSessions', [], async () => (await unwrap(sdk.listSessions())).items)
export const revokeSession = (id: string) => unwrap(sdk.revokeSession({ path: { id } }))

export const addAddress = (body: sdk.AddAddress) => unwrap(sdk.addAddress({ body }))
export const verifyAddress = (id: string, code: string) => unwrap(sdk.verifyAddress({ path: { id }, body: { code } }))
export const sendVerification = (id: string) => unwrap(sdk.sendVerification({ path: { id } }))
export const removeAddress = (id: string) => unwrap(sdk.removeAddress({ path: { id } }))

export const myPreferences = () => queryOf('getPreferences', [], () => unwrap(sdk.getPreferences()))
export const updatePreferences = (body: sdk.PreferencesEdit) => unwrap(sdk.editPreferences({ body }))
