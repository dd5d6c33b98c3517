import { describe, expect, it } from 'vitest'
import type { Path, PathPerson } from './api'
import { chainOf, weakestStep } from './names'
import { layPaths } from './picture'

const person = (name: string): PathPerson => ({
  id: name,
  display_name: name,
  organisation: null,
  me: false,
  account_id: null,
})
const me: PathPerson = { ...person('Emmy'), id: null, me: true }
const path = (names: string[], strengths: number[]): Path => ({
  people: [me, ...names.map(person)],
  steps: strengths.map((strength) => ({ strength, evidence: [] })),
  score: 0.5,
})
const long = path(['Ana', 'Bo', 'Chidi'], [0.9, 0.3, 0.6])
const short = path(['Dana', 'Chidi'], [0.5, 0.4])

describe('the picture of paths', () => {
  it('puts the asker in the first column and the target of every path in the last', () => {
    const { spots } = layPaths([long, short], 0, 800)
    const at = (name: string) => spots.find((spot) => spot.label === name)
    expect(spots.filter((spot) => spot.label === 'Chidi')).toHaveLength(1)
    expect(Math.min(...spots.map((spot) => spot.x))).toBe(at('You')?.x)
    expect(Math.max(...spots.map((spot) => spot.x))).toBe(at('Chidi')?.x)
  })

  it('draws the chosen path as a straight line, also over a column where it has nobody', () => {
    const { spots } = layPaths([long, short], 1, 800)
    const chosen = spots.filter((spot) => spot.chosen)
    expect(chosen.map((spot) => spot.label)).toEqual(['You', 'Dana', 'Chidi'])
    expect(new Set(chosen.map((spot) => spot.y)).size).toBe(1)
    expect(spots.filter((spot) => !spot.chosen).every((spot) => spot.y !== chosen[0]?.y)).toBe(true)
  })

  it('keeps everybody inside the picture and nobody on top of anybody', () => {
    for (const width of [340, 800, 1200]) {
      const { spots, height } = layPaths([long, short, path(['Eve', 'Fay', 'Chidi'], [0.1, 0.1, 0.1])], 2, width)
      for (const { x, y } of spots) {
        expect(x).toBeGreaterThan(0)
        expect(x).toBeLessThan(width)
        expect(y).toBeGreaterThan(0)
        expect(y).toBeLessThan(height)
      }
      expect(new Set(spots.map(({ x, y }) => `${x},${y}`)).size).toBe(spots.length)
    }
  })

  it('runs downwards on narrow screens and shows the chosen path only', () => {
    const { spots, vertical } = layPaths([short, long], 1, 340)
    expect(vertical).toBe(true)
    expect(spots.every((spot) => spot.chosen)).toBe(true)
    const ys = ['You', 'Ana', 'Bo', 'Chidi'].map((name) => spots.find((spot) => spot.label === name)?.y ?? 0)
    expect(ys).toEqual(ys.toSorted((a, b) => a - b))
  })
})

describe('the words of a path', () => {
  it('name the chain and its weakest step', () => {
    expect(chainOf(long)).toBe('You → Ana → Bo → Chidi')
    expect(weakestStep(long)).toBe(1)
  })
  it('name no weakest step where there is only one', () => {
    expect(weakestStep(path(['Ana'], [0.2]))).toBeNull()
  })
})
