import { describe, expect, it } from 'vitest'
import { deviceName } from './device'
import { safeNext } from './session'

describe('the page after signing in', () => {
  it('is where one was going', () => {
    expect(safeNext('/people?q=ada')).toBe('/people?q=ada')
  })
  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', undefined, ['/a']])(
    'is never elsewhere: %s',
    (next) => {
      expect(safeNext(next)).toBe('/')
    },
  )
})

describe('the name of a device', () => {
  it('is the browser and the system', () => {
    expect(deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0')).toBe(
      'Firefox on Linux',
    )
    expect(deviceName('curl/8.1')).toBe('curl/8.1')
  })
})
