import { PiniaColada, useQueryCache } from '@pinia/colada'
import { render } from '@testing-library/vue'
import { createPinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { ApiProblem } from '@/api/problem'
import { keyOf, type Change } from '@/live/answers'
import { AT_ONCE, refetchTouched } from '@/live/refetch'
import { usePages } from './pages'

interface Item {
  id: string
}
const PAGE = 50

/** A server with a list that a cursor pages through: it names the item after which a page begins. */
function serve(count: number) {
  const list = Array.from({ length: count }, (_, index) => ({ id: `p${index}` }))
  const asked: string[] = []
  async function fetch(cursor: string) {
    asked.push(cursor)
    const from = cursor === '' ? 0 : list.findIndex(({ id }) => id === cursor) + 1
    if (cursor !== '' && from === 0)
      throw new ApiProblem({ status: 422, errors: [{ pointer: '/cursor', detail: 'what it points at is gone' }] })
    const items = list.slice(from, from + PAGE)
    return { items, next: from + PAGE < list.length ? items.at(-1)?.id : null }
  }
  return { list, asked, fetch }
}

async function listOf(server: ReturnType<typeof serve>, pages: number) {
  const setup = () => {
    const list = usePages<Item, Awaited<ReturnType<typeof server.fetch>>>({
      key: () => keyOf('listPeople', 'list', '', PAGE),
      fetch: server.fetch,
      idOf: ({ id }) => id,
    })
    return { list, cache: useQueryCache() }
  }
  let made: ReturnType<typeof setup> | undefined
  const view = render(
    defineComponent(() => {
      made = setup()
      return () => h('p')
    }),
    { global: { plugins: [createPinia(), PiniaColada] } },
  )
  if (!made) throw new Error('not mounted')
  const { list, cache } = made
  await expect.poll(() => list.rows.value.length).toBeGreaterThan(0)
  while (list.pages.value.length < pages) await list.more()
  server.asked.length = 0
  return { list, view, tell: (...changes: Change[]) => refetchTouched(cache, changes) }
}

const someone: Change = { name: 'person', id: 'p7' }

describe('a list of 5,000 rows', () => {
  it('costs one request when somebody changes elsewhere: the page on screen', async () => {
    const server = serve(5_000)
    const { list, tell } = await listOf(server, 100)
    expect(list.rows.value).toHaveLength(5_000)
    await list.show(40, 40)
    await tell(someone)
    expect(server.asked).toEqual(['p1999'])
    expect(list.rows.value).toHaveLength(5_000)
  })

  it('fetches the other pages when they are scrolled to, once each', async () => {
    const server = serve(5_000)
    const { list, tell } = await listOf(server, 100)
    await list.show(0, 0)
    await tell(someone)
    expect(server.asked).toEqual([''])
    await list.show(3, 4)
    await list.show(3, 4)
    expect(server.asked).toEqual(['', 'p149', 'p199'])
  })

  it('shows everybody once and leaves nobody out when somebody came in on the page on screen', async () => {
    const server = serve(500)
    const { list, tell } = await listOf(server, 10)
    server.list.splice(10, 0, { id: 'new' })
    await list.show(0, 0)
    await tell(someone)
    await list.show(1, 1)
    const ids = list.rows.value.slice(0, 100).map(({ item }) => item.id)
    expect(ids).toEqual(server.list.slice(0, 100).map(({ id }) => id))
  })

  it('finds its way when that after which a page begins is gone', async () => {
    const server = serve(500)
    const { list, tell } = await listOf(server, 10)
    await list.show(1, 1)
    server.list.splice(49, 1)
    await tell(someone)
    await list.show(0, 1)
    const ids = list.rows.value.slice(0, 99).map(({ item }) => item.id)
    expect(ids).toEqual(server.list.slice(0, 99).map(({ id }) => id))
  })

  it('fetches the next page also where it was asked for while another one was on its way', async () => {
    const server = serve(500)
    const { list, tell } = await listOf(server, 2)
    await list.show(0, 0)
    await tell(someone)
    const filling = list.show(1, 1)
    await list.more()
    await filling
    expect(list.pages.value).toHaveLength(3)
  })

  it('fetches the next page also where the list changed while that was on its way', async () => {
    const server = serve(500)
    const { list, tell } = await listOf(server, 1)
    await list.show(0, 1)
    const moreOf = list.more()
    server.list.splice(10, 0, { id: 'new' })
    await Promise.all([moreOf, tell(someone)])
    const ids = () => list.rows.value.map(({ item }) => item.id)
    await expect.poll(ids).toEqual(server.list.slice(0, 100).map(({ id }) => id))
  })

  it('ends where the server’s ends', async () => {
    const server = serve(120)
    const { list, tell } = await listOf(server, 3)
    server.list.length = 40
    await list.show(0, 0)
    await tell(someone)
    expect(list.rows.value).toHaveLength(40)
    expect(list.hasNextPage.value).toBe(false)
  })
})

describe('what changes touch', () => {
  it('is asked for a few at a time', async () => {
    const cache = {
      getEntries: () => entries,
      invalidate: () => {},
      fetch: async () => {
        running++
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running--
      },
    }
    const entries = Array.from({ length: 20 }, (_, index) => ({
      key: keyOf('listTies', `${index}`),
      keyHash: `${index}`,
      active: true,
      options: { enabled: true },
    }))
    let [running, most] = [0, 0]
    await refetchTouched(cache as unknown as Parameters<typeof refetchTouched>[0], [someone])
    expect(most).toBe(AT_ONCE)
  })
})
