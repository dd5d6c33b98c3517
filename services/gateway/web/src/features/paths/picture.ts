/**
 * Lays the paths out by hand: one column a step, the target at the end. On narrow screens there is room for the chosen
 * path only; it runs downwards.
 */
import type { Path, PathPerson } from './api'
import { nameOf } from './names'

export interface Spot {
  key: string
  person: PathPerson
  label: string
  x: number
  y: number
  chosen: boolean
}

export interface Line {
  key: string
  d: string
  strength: number
  chosen: boolean
}

export interface PathPicture {
  width: number
  height: number
  vertical: boolean
  spots: Spot[]
  lines: Line[]
}

/** Somebody's place in the grid: how far along, and how far from the middle lane. */
interface Place {
  column: number
  lane: number
  person: PathPerson
  chosen: boolean
}

const NARROW_PX = 560
const LANE_PX = 76
const ROW_PX = 72
const MARGIN_PX = 36
const LABEL_PX = 28
const CHARACTER_PX = 8.5

const keyOf = (path: Path, index: number, last: number): string => {
  const person = path.people[index]
  const column = index === path.people.length - 1 ? last : index
  const who = person?.me ? 'me' : (person?.id ?? person?.account_id ?? person?.display_name ?? '')
  return `${column}/${who}`
}

/** Gives everybody a lane, outwards from the middle, which is the chosen path's even where it has nobody. */
function placesOf(paths: Path[], chosen: number, last: number): Map<string, Place> {
  const places = new Map<string, Place>()
  const used = new Map<number, number>()
  const inOrder = [...paths.slice(chosen, chosen + 1), ...paths.filter((_, index) => index !== chosen)]
  inOrder.forEach((path, rank) => {
    path.people.forEach((person, index) => {
      const key = keyOf(path, index, last)
      if (places.has(key)) return
      const column = index === path.people.length - 1 ? last : index
      const nth = used.get(column) ?? (rank === 0 ? 0 : 1)
      used.set(column, nth + 1)
      // 0, +1, -1, +2, -2 …
      const lane = nth === 0 ? 0 : (nth % 2 === 1 ? 1 : -1) * Math.ceil(nth / 2)
      places.set(key, { column, lane, person, chosen: rank === 0 })
    })
  })
  return places
}

/** How the grid of places becomes pixels. */
function scaleOf(places: Map<string, Place>, last: number, width: number, vertical: boolean) {
  const lanes = [...places.values()].map(({ lane }) => lane)
  const [least, most] = [Math.min(0, ...lanes), Math.max(0, ...lanes)]
  const height = vertical ? (last + 1) * ROW_PX : (most - least + 1) * LANE_PX + LABEL_PX
  const unit = (vertical ? height : width) / (last + 1)
  const point = ({ column, lane }: Place): [number, number] => {
    const along = unit * (column + 0.5)
    return vertical ? [MARGIN_PX, along] : [along, (lane - least + 0.5) * LANE_PX]
  }
  return { height, point, mostLetters: Math.floor((vertical ? width - 2 * MARGIN_PX : unit) / CHARACTER_PX) }
}

function curve(a: Spot, b: Spot): string {
  const midX = (a.x + b.x) / 2
  return a.x === b.x ? `M${a.x},${a.y} L${b.x},${b.y}` : `M${a.x},${a.y} C${midX},${a.y} ${midX},${b.y} ${b.x},${b.y}`
}

const short = (name: string, most: number) => (name.length > most ? `${name.slice(0, most - 1)}…` : name)
/** What is chosen is drawn last, on top. */
const onTop = <T extends { chosen: boolean }>(items: Iterable<T>): T[] =>
  [...items].toSorted((a, b) => Number(a.chosen) - Number(b.chosen))

export function layPaths(all: Path[], chosenOfAll: number, width: number): PathPicture {
  const narrow = width < NARROW_PX
  const paths = narrow ? all.slice(chosenOfAll, chosenOfAll + 1) : all
  const chosen = narrow ? 0 : chosenOfAll
  const last = Math.max(1, ...paths.map((path) => path.people.length - 1))
  const places = placesOf(paths, chosen, last)
  const { height, point, mostLetters } = scaleOf(places, last, width, narrow)

  const spots = new Map<string, Spot>()
  for (const [key, place] of places) {
    const [x, y] = point(place)
    const label = short(nameOf(place.person), mostLetters)
    spots.set(key, { key, person: place.person, label, x, y, chosen: place.chosen })
  }

  const lines = new Map<string, Line>()
  paths.forEach((path, rank) => {
    path.steps.forEach((step, index) => {
      const [from, to] = [keyOf(path, index, last), keyOf(path, index + 1, last)]
      const [a, b] = [spots.get(from), spots.get(to)]
      const key = `${from}-${to}`
      if (!a || !b || lines.get(key)?.chosen) return
      lines.set(key, { key, d: curve(a, b), strength: step.strength, chosen: rank === chosen })
    })
  })
  return { width, height, vertical: narrow, spots: onTop(spots.values()), lines: onTop(lines.values()) }
}
