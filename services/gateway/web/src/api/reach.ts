/**
 * Whether the server can be reached, as far as calls, the event stream and the browser tell. Once it does not
 * answer, it is asked from time to time until it does.
 */
import { computed, ref } from 'vue'

const ASK_EVERY_MS = 3_000

const connected = ref(navigator.onLine)
/** Whether the server answered when it was last asked. */
export const reachable = ref(true)
/** The likely reason, where it is not. A server on the same machine answers without a network as well. */
export const offline = computed(() => !connected.value)

let timer: ReturnType<typeof setTimeout> | undefined
let asking = false
let failedAt = -Infinity

const look = () => {
  connected.value = navigator.onLine
  void ask()
}
window.addEventListener('online', look)
window.addEventListener('offline', look)

/** Something answered that was asked at `since`; an answer that was on its way when the server went says nothing. */
export function markReached(since = performance.now()): void {
  if (since < failedAt) return
  clearTimeout(timer)
  reachable.value = true
}

/** A call got no answer. Streams end for many reasons, so the server itself is asked before anybody is told. */
export const markUnreached = () => void ask()

async function ask(): Promise<void> {
  if (asking) return
  clearTimeout(timer)
  asking = true
  const since = performance.now()
  const index = await fetchIndex()
  asking = false
  if (index !== null) return markReached(since)
  failedAt = performance.now()
  reachable.value = false
  timer = setTimeout(() => void ask(), ASK_EVERY_MS)
}

/** The page that this server serves now; null where it does not answer. */
export async function fetchIndex(): Promise<string | null> {
  try {
    const answer = await fetch(`${window.location.origin}/`, { cache: 'no-store', headers: { accept: 'text/html' } })
    return answer.ok ? await answer.text() : null
  } catch {
    return null
  }
}
