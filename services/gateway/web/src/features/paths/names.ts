import type { Path, PathPerson } from './api'
import { words } from './words'

export const nameOf = (person: PathPerson | undefined) => (person?.me ? words.you : (person?.display_name ?? ''))

/** "You → Ana → Bo". */
export const chainOf = (path: Path) => path.people.map(nameOf).join(` ${words.arrow} `)

/** Index of the step most likely to fail; null where there is only one, for then it says nothing. */
export function weakestStep(path: Path): number | null {
  if (path.steps.length < 2) return null
  return path.steps.reduce(
    (weakest, step, index) => (step.strength < (path.steps[weakest]?.strength ?? 1) ? index : weakest),
    0,
  )
}
