/** Lays the paths out by hand: one column a step (one row on narrow screens), the target at the end. */
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

const NARROW_PX = 560
const LANE_PX = 84
const COLUMN_ROW_PX = 96
const CHARACTER_PX = 8.5

const keyOf = (person: PathPerson, index: number) =>
  person.me ? 'me' : (person.id ?? person.account_id ?? `${person.display_name}-${index}`)
const short = (name: string, most: number) => (name.length > most ? `${name.slice(0, most - 1)}…` : name)

export function layPaths(paths: Path[], chosen: number, width: number): PathPicture {
  const vertical = width < NARROW_PX
  const last = Math.max(1, ...paths.map((path) => path.people.length - 1))
  const columns: Map<string, PathPerson>[] = Array.from({ length: last + 1 }, () => new Map())
  const columnOf = (path: Path, index: number) => (index === path.people.length - 1 ? last : index)
  // The chosen path goes first, so that it runs along the middle of each column.
  const ordered = [...paths.slice(chosen, chosen + 1), ...paths.filter((_, index) => index !== chosen)]
  for (const path of ordered)
    path.people.forEach((person, index) => columns[columnOf(path, index)]?.set(keyOf(person, index), person))

  const lanes = Math.max(1, ...columns.map((column) => column.size))
  const height = vertical ? (last + 1) * COLUMN_ROW_PX : (Math.max(1, lanes) + 1) * LANE_PX
  const along = vertical ? height : width
  const across = vertical ? width : height
  const unit = along / (last + 1)
  const mostLetters = Math.floor((vertical ? width : unit) / CHARACTER_PX)

  const inChosen = new Set((paths[chosen]?.people ?? []).map(keyOf))
  const spots = new Map<string, Spot>()
  columns.forEach((column, index) => {
    const entries = [...column]
    entries.forEach(([key, person], lane) => {
      // 0, +1, -1, +2, -2: outwards from the middle, which belongs to the chosen path even where it has nobody.
      const place = lane + (entries.some(([other]) => inChosen.has(other)) ? 0 : 1)
      const outward = (place % 2 === 1 ? 1 : -1) * Math.ceil(place / 2)
      const gap = Math.min(vertical ? across / 3 : LANE_PX, across / (lanes + 1))
      const main = unit * (index + 0.5)
      const side = across / 2 + outward * gap - (vertical ? 0 : 8)
      spots.set(`${index}/${key}`, {
        key: `${index}/${key}`,
        person,
        label: short(nameOf(person), mostLetters),
        x: vertical ? side : main,
        y: vertical ? main - 12 : side,
        chosen: inChosen.has(key),
      })
    })
  })

  const lines = new Map<string, Line>()
  for (const path of ordered) {
    path.steps.forEach((step, index) => {
      const ends = [index, index + 1].map((at) => {
        const person = path.people[at]
        return person && spots.get(`${columnOf(path, at)}/${keyOf(person, at)}`)
      })
      const [a, b] = ends
      if (!a || !b) return
      const key = `${a.key}-${b.key}`
      const [midX, midY] = [(a.x + b.x) / 2, (a.y + b.y) / 2]
      const d = vertical
        ? `M${a.x},${a.y} C${a.x},${midY} ${b.x},${midY} ${b.x},${b.y}`
        : `M${a.x},${a.y} C${midX},${a.y} ${midX},${b.y} ${b.x},${b.y}`
      if (!lines.has(key)) lines.set(key, { key, d, strength: step.strength, chosen: path === paths[chosen] })
    })
  }
  const rank = (item: { chosen: boolean }) => Number(item.chosen)
  return {
    width,
    height,
    vertical,
    spots: [...spots.values()].toSorted((a, b) => rank(a) - rank(b)),
    lines: [...lines.values()].toSorted((a, b) => rank(a) - rank(b)),
  }
}
