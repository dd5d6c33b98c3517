/** Exceptions of what one shares, and how a change of them meets one that was made elsewhere meanwhile. */
import type { Sharing, SharingException } from './api'

const isSameSubject = (a: SharingException, b: SharingException) =>
  (a.tag ?? null) === (b.tag ?? null) && (a.person_id ?? null) === (b.person_id ?? null)

const levelOf = (exceptions: SharingException[], subject: SharingException) =>
  exceptions.find((other) => isSameSubject(other, subject))?.sharing

/** The level that a subject has got elsewhere since `before` was seen, if it is another one than is wanted here. */
export function changedElsewhere(
  before: SharingException[],
  now: SharingException[],
  wanted: SharingException,
): Sharing | undefined {
  const level = levelOf(now, wanted)
  return level !== levelOf(before, wanted) && level !== wanted.sharing ? level : undefined
}

export const withException = (exceptions: SharingException[], added: SharingException) => [
  ...exceptions.filter((other) => !isSameSubject(other, added)),
  added,
]

export const withoutException = (exceptions: SharingException[], removed: SharingException) =>
  exceptions.filter((other) => !isSameSubject(other, removed))
