import { afterEach, describe, expect, it } from 'vitest'
import { formatBirthday, formatRelative, strengthNumber, useZone, utcToZoned, zonedToUtc } from './format'

afterEach(() => useZone(undefined))

describe('times in the account’s zone', () => {
  it('come back as they went, in summer and in winter', () => {
    useZone('Europe/Berlin')
    expect(zonedToUtc('2026-01-15T09:00')).toBe('2026-01-15T08:00:00.000Z')
    expect(zonedToUtc('2026-07-15T09:00')).toBe('2026-07-15T07:00:00.000Z')
    expect(utcToZoned(Date.parse('2026-07-15T07:00:00Z'))).toBe('2026-07-15T09:00')
  })
  it('survive a zone nobody knows', () => {
    useZone('Atlantis/Capital')
    expect(zonedToUtc('2026-01-15T09:00')).toMatch(/^2026-01-1/)
  })
})

describe('words for times and numbers', () => {
  it('say how long ago in the largest fitting unit', () => {
    const now = Date.parse('2026-11-22T12:00:00Z')
    expect(formatRelative('2026-11-01T12:00:00Z', now)).toBe('3 weeks ago')
    expect(formatRelative('2026-11-23T13:00:00Z', now)).toBe('tomorrow')
  })
  it('say the number that is nearest', () => {
    const now = Date.parse('2026-11-22T12:00:00Z')
    expect(formatRelative('2026-11-29T09:00:00Z', now)).toBe('in 7 days')
    expect(formatRelative('2026-12-06T11:59:00Z', now)).toBe('in 2 weeks')
  })
  it('show strength between 0 and 100', () => {
    expect([-1, 0.555, 3].map(strengthNumber)).toEqual([0, 56, 100])
  })
  it('show birthdays with and without a year, and leave anything else alone', () => {
    expect(formatBirthday('--12-10')).toMatch(/10|December/)
    expect(formatBirthday('--12-10')).not.toMatch(/2000/)
    expect(formatBirthday('1815-12-10')).toMatch(/1815/)
    expect(formatBirthday('spring')).toBe('spring')
  })
})
