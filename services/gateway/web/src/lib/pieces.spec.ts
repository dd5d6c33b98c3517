import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { missing, nothingMissing, piece, PieceMissing, reportMissing, tryAgain } from './pieces'

const page = (build: string) =>
  `<html><script type="module" crossorigin src="/assets/index-${build}.js"></script></html>`
const assign = vi.fn<(address: string) => void>()

/** The server as it is now: the build of its pages, or null while it does not answer. */
function serve(build: string | null) {
  vi.stubGlobal('fetch', async () => {
    if (build === null) throw new TypeError('Failed to fetch')
    return new Response(page(build))
  })
}

beforeEach(() => {
  nothingMissing()
  sessionStorage.clear()
  assign.mockClear()
  document.head.innerHTML = '<script type="module" src="/assets/index-old.js"></script>'
  vi.stubGlobal('location', { ...window.location, origin: 'http://localhost', assign })
})
afterEach(() => vi.unstubAllGlobals())

describe('a piece of the app that does not load', () => {
  it('is told apart from what a page itself gets wrong', async () => {
    await expect(piece(() => Promise.reject(new TypeError('Failed to fetch')))()).rejects.toBeInstanceOf(PieceMissing)
  })

  it('leaves the page as it is while the server does not answer', async () => {
    serve(null)
    await reportMissing(() => {}, '/circles')
    expect(assign).not.toHaveBeenCalled()
    expect(missing.value).toMatchObject({ address: '/circles', answered: false })
  })

  it('leaves the page as it is when the server has the same build', async () => {
    serve('old')
    await reportMissing(() => {}, '/circles')
    expect(assign).not.toHaveBeenCalled()
    expect(missing.value).toMatchObject({ answered: true })
  })

  it('loads the page afresh when the server has another build, but not for ever', async () => {
    serve('new')
    await reportMissing(() => {}, '/circles')
    expect(assign).toHaveBeenCalledExactlyOnceWith('/circles')
    await reportMissing(() => {}, '/circles')
    expect(assign).toHaveBeenCalledOnce()
    expect(missing.value).not.toBeNull()
  })

  it('is tried again in place once the server is back, and by a reload where that does not help', async () => {
    serve(null)
    const retry = vi.fn<() => void>()
    await reportMissing(retry, '/circles')
    await tryAgain()
    expect(retry).not.toHaveBeenCalled()
    expect(missing.value).not.toBeNull()
    serve('old')
    await tryAgain()
    expect(retry).toHaveBeenCalledOnce()
    await reportMissing(retry, '/circles')
    await tryAgain()
    expect(retry).toHaveBeenCalledOnce()
    expect(assign).toHaveBeenCalledExactlyOnceWith('/circles')
  })
})
