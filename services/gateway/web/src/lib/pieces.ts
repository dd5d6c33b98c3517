/**
 * Pieces of the app that are loaded when they are needed: pages and lazy components. One that does not come takes
 * nothing with it: the page stays as it is, with what was typed into it, under a notice with a way to try again.
 */
import { defineAsyncComponent, shallowRef, type Component } from 'vue'
import { fetchIndex } from '@/api/reach'

type Load<T> = () => Promise<T>

/** A piece could not be loaded. */
export class PieceMissing extends Error {
  constructor(cause: unknown) {
    super('a part of the app could not be loaded', { cause })
    this.name = 'PieceMissing'
  }
}

const all: Load<unknown>[] = []

/** Names a piece, which is then also loaded ahead of time. */
export function piece<T>(load: Load<T>): Load<T> {
  all.push(load)
  return () =>
    load().catch((cause: unknown) => {
      throw new PieceMissing(cause)
    })
}

/** What is missing: what to do once it can be loaded, and the address that a reload should open. */
export interface Missing {
  retry: () => unknown
  address: string
  /** The server answers, and still the piece does not come. */
  answered: boolean
}
export const missing = shallowRef<Missing | null>(null)

const busy: (() => boolean)[] = []

/** Keeps the page from being loaded afresh, unless its user wants it, while something runs that would not survive. */
export const dontReloadWhile = (isBusy: () => boolean) => void busy.push(isBusy)

let tried = false

/** Says that a piece is missing. Where the server has another build by now, its pages are loaded at once. */
export async function reportMissing(retry: () => unknown, address: string): Promise<void> {
  const index = await fetchIndex()
  if (index !== null && isOtherBuild(index) && !busy.some((isBusy) => isBusy())) return reload(address)
  missing.value = { retry, address, answered: index !== null }
}

/** Tries again. Browsers may remember that a piece failed: the second time the page is loaded afresh. */
export async function tryAgain(): Promise<void> {
  const wanted = missing.value
  if (!wanted) return
  const index = await fetchIndex()
  if (index === null) {
    missing.value = { ...wanted, answered: false }
  } else if (isOtherBuild(index) || tried) {
    reload(wanted.address)
  } else {
    tried = true
    missing.value = null
    await wanted.retry()
  }
}

export function nothingMissing(): void {
  tried = false
  missing.value = null
}

/** Loads the page afresh. A form's text is kept for the tab, so it is there again. */
const RELOADED = 'kith.reloaded'
function reload(address: string): void {
  sessionStorage.setItem(RELOADED, String(Date.now()))
  window.location.assign(address)
}

/** The script that a page begins with. Its name changes with every build, as it names all other pieces. */
const entryOf = (html: string) => /<script[^>]+type="module"[^>]+src="([^"]+)"/.exec(html)?.[1]

function isOtherBuild(index: string): boolean {
  const running = document.querySelector('script[type="module"][src]')?.getAttribute('src')
  const served = entryOf(index)
  return Boolean(running && served && running !== served) && !reloadedJustNow()
}

/** A cache between may still give the old page for the new one: that must not reload for ever. */
const ONCE_IN_MS = 10_000
const reloadedJustNow = () => Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < ONCE_IN_MS

/** A component that is loaded when it is first shown. */
export function lazy(load: Load<{ default: Component }>): Component {
  return defineAsyncComponent({
    loader: piece(load),
    onError: (_, retry) => void reportMissing(retry, window.location.pathname + window.location.search),
  })
}

/** Loads every piece while the browser is idle, so that a click works without the server. */
export function loadAhead(): void {
  const connection = (navigator as { connection?: { saveData?: boolean } }).connection
  if (connection?.saveData) return
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000))
  idle(async () => {
    for (const load of all) {
      // What does not come now is loaded when it is wanted.
      if (
        await load().then(
          () => false,
          () => true,
        )
      )
        return
    }
  })
}
