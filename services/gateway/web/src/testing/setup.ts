/** What jsdom lacks of a browser, for components that measure themselves. */
import { cleanup, configure } from '@testing-library/vue'
import { afterEach } from 'vitest'

class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoResizeObserver
window.matchMedia ??= (query) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => {},
    removeListener: () => {},
  })
globalThis.CSS ??= { escape: (text: string) => text.replace(/[^\w-]/g, String.raw`\$&`) } as typeof CSS
Element.prototype.scrollIntoView ??= () => {}
HTMLCanvasElement.prototype.getContext = () => null
Element.prototype.hasPointerCapture ??= () => false

// A busy machine is no reason to fail.
configure({ asyncUtilTimeout: 8_000 })
afterEach(cleanup)
