import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { mount, serve } from '@/testing/render'
import EgoGraphCard from './EgoGraphCard.vue'

const node = (id: string, display_name: string, more = {}) => ({
  id,
  person_id: id,
  display_name,
  me: false,
  centre: false,
  x: 0,
  y: 0,
  ...more,
})
const aroundAda = {
  nodes: [
    node('ada', 'Ada Lovelace', { centre: true }),
    node('bo', 'Bo Lund', { x: 1, organisation: 'Acme' }),
    node('acct', 'Emmy', { x: -1, me: true, person_id: null }),
    node('hidden', 'Someone at Initech', { y: 1, person_id: null }),
  ],
  edges: [
    { a: 'ada', b: 'bo', strength: 0.4 },
    { a: 'acct', b: 'ada', strength: 0.9 },
    { a: 'bo', b: 'hidden', strength: 0.5 },
  ],
}
const aroundBo = {
  nodes: [node('bo', 'Bo Lund', { centre: true }), node('ada', 'Ada Lovelace', { x: 1 })],
  edges: [{ a: 'ada', b: 'bo', strength: 0.4 }],
}

/** Gives the picture room: in a box without size everybody is at the same place. */
class Roomy implements ResizeObserver {
  constructor(private readonly tell: ResizeObserverCallback) {}
  observe(): void {
    this.tell([{ contentRect: { width: 600, height: 400 } } as ResizeObserverEntry], this)
  }
  unobserve(): void {}
  disconnect(): void {}
}
beforeEach(() => vi.stubGlobal('ResizeObserver', Roomy))

async function show(ofBo: object = { body: aroundBo }) {
  const calls = serve(({ path }) => (path === '/people/bo/neighbourhood' ? ofBo : { body: aroundAda }))
  const view = await mount(EgoGraphCard, { props: { id: 'ada', name: 'Ada Lovelace' } })
  const picture = await screen.findByRole('application', { name: 'Network around Ada Lovelace: 4 people' })
  return { calls, picture, ...view }
}
async function showTable() {
  const view = await show()
  await userEvent.click(screen.getByRole('button', { name: 'Table' }))
  return { ...view, table: screen.getByRole('region', { name: /^Network around Ada/ }) }
}
/** What a screen reader says of whom the arrows lead to. */
const said = () => document.querySelector('[aria-live=polite]')?.textContent

describe('the picture around a person', () => {
  it('is walked with the arrows, which say who is there and how warm the tie is', async () => {
    const { picture } = await show()
    picture.focus()
    await userEvent.keyboard('{ArrowRight}')
    expect(said()).toBe('Ada Lovelace')
    await userEvent.keyboard('{ArrowRight}')
    expect(said()).toBe('Bo Lund, Acme, 40')
    await userEvent.keyboard('{Home}{ArrowLeft}')
    expect(said()).toBe('You, 90')
  })

  it('moves its centre to the chosen one by Enter, and back', async () => {
    const { picture } = await show()
    picture.focus()
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{Enter}')
    expect(await screen.findByRole('application', { name: 'Network around Bo Lund: 2 people' })).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Back to start' }))
    expect(await screen.findByRole('application', { name: /^Network around Ada/ })).toBeDefined()
    expect(screen.queryByRole('button', { name: 'Back to start' })).toBeNull()
  })

  it('leads to the page of the chosen one, but not to the page it is on', async () => {
    const { picture } = await show()
    picture.focus()
    await userEvent.keyboard('{Home}')
    expect(screen.queryByRole('link')).toBeNull()
    await userEvent.keyboard('{ArrowRight}')
    expect(screen.getByRole('link', { name: 'Open Bo Lund' }).getAttribute('href')).toBe('/people/bo')
  })

  it('comes back to the person of the page when whom it moved to is not shared any more', async () => {
    const { picture, calls } = await show({ status: 404, body: { title: 'Not found', status: 404 } })
    picture.focus()
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{Enter}')
    await expect.poll(() => calls.map(({ path }) => path)).toContain('/people/bo/neighbourhood')
    await expect.poll(() => screen.queryByRole('button', { name: 'Back to start' })).toBeNull()
    expect(await screen.findByRole('application', { name: /^Network around Ada/ })).toBeDefined()
  })

  it('says so when nobody is there', async () => {
    serve(() => ({ body: { nodes: aroundAda.nodes.slice(0, 1), edges: [] } }))
    await mount(EgoGraphCard, { props: { id: 'ada', name: 'Ada Lovelace' } })
    expect(await screen.findByText('Nobody is known around this person yet.')).toBeDefined()
    expect(screen.queryByRole('button', { name: 'Table' })).toBeNull()
  })

  it('says so when it cannot be asked for', async () => {
    serve(() => ({ status: 503, body: { title: 'Busy', status: 503 } }))
    await mount(EgoGraphCard, { props: { id: 'ada', name: 'Ada Lovelace' } })
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
  })
})

describe('the picture as a table', () => {
  it('says the same in words, the warmest first', async () => {
    const { table } = await showTable()
    const rows = within(table)
      .getAllByRole('row')
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole('cell')
          .map((cell) => cell.textContent.trim())
          .slice(0, 3),
      )
    expect(rows).toEqual([
      ['You', '90', '–'],
      ['Bo LundAcme', '40', 'Someone at Initech'],
      ['Someone at Initech', '–', 'Bo Lund'],
    ])
    expect(
      within(table)
        .getAllByRole('link')
        .map((link) => link.textContent),
    ).toEqual(['Bo Lund'])
    expect(within(table).getByRole('img', { name: 'Strength 40 of 100' })).toBeDefined()
  })

  it('takes the place of the picture by T, and the focus with it', async () => {
    const { picture } = await show()
    picture.focus()
    await userEvent.keyboard('t')
    const table = screen.getByRole('region', { name: /^Network around Ada/ })
    await expect.poll(() => document.activeElement).toBe(table)
    await userEvent.keyboard('t')
    await expect.poll(() => document.activeElement?.getAttribute('role')).toBe('application')
  })

  it('keeps the focus when its centre moves', async () => {
    await showTable()
    screen.getByRole('button', { name: 'Recentre on Bo Lund' }).focus()
    await userEvent.keyboard('{Enter}')
    const table = await screen.findByRole('region', { name: 'Network around Bo Lund: 2 people' })
    await expect.poll(() => document.activeElement).toBe(table)
  })
})
