import { onScopeDispose } from 'vue'

/** Listens for as long as the component or scope lives. */
export function useEventListener<K extends keyof WindowEventMap>(
  target: Window,
  name: K,
  listener: (event: WindowEventMap[K]) => void,
): void
export function useEventListener<K extends keyof DocumentEventMap>(
  target: Document,
  name: K,
  listener: (event: DocumentEventMap[K]) => void,
): void
export function useEventListener(target: EventTarget, name: string, listener: (event: never) => void): void {
  target.addEventListener(name, listener as EventListener)
  onScopeDispose(() => target.removeEventListener(name, listener as EventListener))
}
