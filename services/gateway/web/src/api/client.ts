/** The one place that knows how generated calls are made: same origin, cookies, problems as exceptions. */
import { client } from './generated/client.gen'
import { toProblem } from './problem'
import { markReached, markUnreached } from './reach'

client.setConfig({ baseUrl: window.location.origin, credentials: 'same-origin' })

interface Outcome<T> {
  data?: T
  error?: unknown
  response?: Response
}

let whenSignedOut: () => void = () => {}

/** Called once for every answer that says the session is over. */
export function onSignedOut(callback: () => void): void {
  whenSignedOut = callback
}

/** Gives a generated call's data, or throws an `ApiProblem`. */
export const unwrap = async <T>(call: Promise<Outcome<T>>): Promise<T> => (await answerOf(call)).data

/** What was read, with the tag that guards an edit of it: the server's own word for this state, and not only its number. */
export type Tagged<T> = T & { tag: string }

/** The same of something that can be edited. */
export async function unwrapTagged<T extends object>(call: Promise<Outcome<T>>): Promise<Tagged<T>> {
  const { data, response } = await answerOf(call)
  // Where something on the way took it off, an edit is not guarded; a number alone says nothing after a restore.
  return { ...data, tag: response.headers.get('ETag') ?? '*' }
}

async function answerOf<T>(call: Promise<Outcome<T>>): Promise<{ data: T; response: Response }> {
  const since = performance.now()
  const { data, error, response } = await call
  if (response) markReached(since)
  else if (!isAborted(error)) markUnreached()
  if (response?.ok) return { data: data as T, response }
  const problem = toProblem(error, response?.status)
  if (problem.status === 401) whenSignedOut()
  throw problem
}

/** A call that we ended ourselves says nothing of the server. */
const isAborted = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** A key that makes repeating a creation harmless. */
export function idempotencyKey(): Record<string, string> {
  return { 'Idempotency-Key': newKey() }
}

/** Random and unique enough, also on plain http where `crypto.randomUUID` is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
