import { describe, expect, it } from 'vitest'
import { hit, place, step } from './layout'

const node = (id: string, x: number, y: number, centre = false) => ({
  id,
  person_id: id,
  display_name: id,
  organisation: null,
  me: false,
  centre,
  x,
  y,
})
const nodes = [
  node('ada', 0, 0, true),
  node('left', -0.8, 0.1),
  node('far-left', -1, 0.9),
  node('up', 0.1, -0.9),
  node('right', 0.5, 0),
]
const { placed } = place(
  nodes,
  [
    { a: 'ada', b: 'left', strength: 0.4 },
    { a: 'up', b: 'nobody', strength: 1 },
  ],
  600,
  400,
)
const at = (id: string) => {
  const found = placed.find((item) => item.node.id === id)
  if (!found) throw new Error(`no ${id}`)
  return found
}

describe('the picture around a person', () => {
  it('keeps everybody inside the box', () => {
    for (const { x, y, radius } of placed) {
      expect(x - radius).toBeGreaterThanOrEqual(0)
      expect(x + radius).toBeLessThanOrEqual(600)
      expect(y - radius).toBeGreaterThanOrEqual(0)
      expect(y + radius).toBeLessThanOrEqual(400)
    }
  })
  it('moves to the person that the arrow points at', () => {
    expect(step(placed, at('ada'), 'left').node.id).toBe('left')
    expect(step(placed, at('ada'), 'up').node.id).toBe('up')
    expect(step(placed, at('ada'), 'right').node.id).toBe('right')
  })
  it('stays where it is when nobody is that way', () => {
    expect(step(placed, at('up'), 'up').node.id).toBe('up')
  })
  it('finds who is under the pointer, and nobody in empty space', () => {
    expect(hit(placed, at('left').x + 5, at('left').y - 5)?.node.id).toBe('left')
    expect(hit(placed, 300, 60 + 60)).toBeNull()
  })
  it('knows the tie to the centre and leaves out lines to people it does not show', () => {
    expect(at('left').toCentre).toBe(0.4)
    expect(at('up').toCentre).toBeNull()
    expect(place(nodes, [{ a: 'up', b: 'nobody', strength: 1 }], 600, 400).lines).toHaveLength(0)
  })
})
