import { unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { queryOf } from '@/live/answers'

export type { Path, Somebody as PathPerson, Step as PathStep } from '@/api/generated'

/** Whom one wants to reach: a person, or anybody at an organisation. */
export type Target = { kind: 'person'; id: string } | { kind: 'organisation'; name: string }

const LIMIT = 5
const MAX_STEPS = 6

export const findPaths = (target: Target, limit = LIMIT) =>
  unwrap(
    sdk.getPaths({
      query: {
        ...(target.kind === 'person' ? { to: target.id } : { to_organisation: target.name }),
        limit,
        max_steps: MAX_STEPS,
      },
    }),
  )

export const pathsTo = (target: Target) =>
  queryOf('getPaths', [target.kind, target.kind === 'person' ? target.id : target.name], () => findPaths(target))
