/** Where things are in the picture: pure geometry, so that it can be tested without a canvas. */
import type { GraphEdge, GraphNode } from '../api'

export interface Placed {
  node: GraphNode
  x: number
  y: number
  radius: number
  /** Strength of the tie to the centre, if there is one. */
  toCentre: number | null
}

export interface Picture {
  placed: Placed[]
  lines: { a: Placed; b: Placed; strength: number }[]
}

export type Direction = 'left' | 'right' | 'up' | 'down'

const PADDING_X = 64
const PADDING_Y = 40
const CENTRE_RADIUS = 15

/** Maps the range of some values to the length of a side, less a margin at both ends. */
function stretch(values: number[], margin: number, length: number): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(1, length - 2 * margin)
  return (value) => (high - low < 0.01 ? length / 2 : margin + ((value - low) / (high - low)) * room)
}

/** Scales the server's square layout to the box it is shown in. */
export function place(nodes: GraphNode[], edges: GraphEdge[], width: number, height: number): Picture {
  const centre = nodes.find((node) => node.centre)
  const strengths = new Map<string, number>()
  for (const { a, b, strength } of edges) {
    if (a === centre?.id) strengths.set(b, strength)
    if (b === centre?.id) strengths.set(a, strength)
  }
  // Whatever room the layout left unused is used here.
  const toX = stretch(
    nodes.map((node) => node.x),
    PADDING_X,
    width,
  )
  const toY = stretch(
    nodes.map((node) => node.y),
    PADDING_Y,
    height,
  )
  const placed = nodes.map((node) => {
    const toCentre = strengths.get(node.id) ?? null
    return {
      node,
      x: toX(node.x),
      y: toY(node.y),
      radius: node.centre ? CENTRE_RADIUS : 6 + 6 * (toCentre ?? 0),
      toCentre,
    }
  })
  const byId = new Map(placed.map((item) => [item.node.id, item]))
  const lines = edges.flatMap(({ a, b, strength }) => {
    const [from, to] = [byId.get(a), byId.get(b)]
    return from && to ? [{ a: from, b: to, strength }] : []
  })
  return { placed, lines }
}

const AXIS: Record<Direction, [number, number]> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }

/** The nearest person that way. Straying sideways counts double, so that the arrow means what it says. */
export function step(placed: Placed[], from: Placed, direction: Direction): Placed {
  const [dx, dy] = AXIS[direction]
  let best = from
  let bestCost = Infinity
  for (const item of placed) {
    const along = (item.x - from.x) * dx + (item.y - from.y) * dy
    if (item === from || along <= 1) continue
    const aside = Math.abs((item.x - from.x) * dy) + Math.abs((item.y - from.y) * dx)
    const cost = along + 2 * aside
    if (cost < bestCost) [best, bestCost] = [item, cost]
  }
  return best
}

const REACH_PX = 24

/** Who is under the pointer: the nearest within a finger's reach. */
export function hit(placed: Placed[], x: number, y: number): Placed | null {
  let best: Placed | null = null
  let bestDistance = REACH_PX
  for (const item of placed) {
    const distance = Math.hypot(item.x - x, item.y - y)
    if (distance < bestDistance) [best, bestDistance] = [item, distance]
  }
  return best
}
