import { describe, expect, it } from 'vitest'
import { formatName, outcomeWord } from './words'

describe('words of a later server', () => {
  it('are shown as they are', () => {
    expect(outcomeWord('postponed').one).toBe('postponed')
    expect(formatName('outlook')).toBe('outlook')
  })

  it('leave the known ones as they were', () => {
    expect(outcomeWord('created').one).toBe('Created')
  })
})
