import { idempotencyKey, unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Account, Address, AddressKind, Me, Session } from '@/api/generated'

export const signUp = (body: sdk.CreateAccount) => unwrap(sdk.createAccount({ body, headers: idempotencyKey() }))
export const signIn = (body: sdk.CreateSession) => unwrap(sdk.createSession({ body }))
export const signOut = () => unwrap(sdk.endSession())
export const getMe = () => unwrap(sdk.getMe())
export const updateMe = (body: sdk.UpdateMe, version: number) =>
  unwrap(sdk.updateMe({ body, headers: { 'If-Match': `"${version}"` } }))

export const mySessions = () => queryOf('listSessions', [], async () => (await unwrap(sdk.listSessions())).items)
export const revokeSession = (id: string) => unwrap(sdk.revokeSession({ path: { id } }))

export const addAddress = (body: sdk.AddAddress) => unwrap(sdk.addAddress({ body }))
export const verifyAddress = (id: string, code: string) => unwrap(sdk.verifyAddress({ path: { id }, body: { code } }))
export const sendVerification = (id: string) => unwrap(sdk.sendVerification({ path: { id } }))
export const removeAddress = (id: string) => unwrap(sdk.removeAddress({ path: { id } }))

export const myPreferences = () => queryOf('getPreferences', [], () => unwrap(sdk.getPreferences()))
export const updatePreferences = (body: sdk.PreferencesEdit) => unwrap(sdk.editPreferences({ body }))
