import { utcToZoned } from '@/lib/format'

/** The part of the day in the account's zone. */
export function partOfDay(now: number): 'morning' | 'afternoon' | 'evening' {
  const hour = Number(utcToZoned(now).slice(11, 13))
  return hour >= 4 && hour < 12 ? 'morning' : hour >= 12 && hour < 18 ? 'afternoon' : 'evening'
}

/** What to call somebody: the first word of the name they gave. */
export const firstName = (name: string) => name.trim().split(/\s+/)[0] ?? name
