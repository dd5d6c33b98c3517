import { describe, expect, it } from 'vitest'
import type { Person } from './api'
import { changesOf, groupFields, hrefOf, toForm } from './fields'

const field = (name: string, value: string, preferred = false) => ({ name, value, label: null, preferred, sources: [] })
const ada: Person = {
  id: '1',
  version: 1,
  tag: '"1"',
  display_name: 'Ada Lovelace',
  fields: [
    field('phone', '+44 20 7946 0018', true),
    field('email', 'ada@example.org'),
    field('email', 'ada@example.com', true),
    field('name', 'Ada Lovelace', true),
  ],
  employments: [
    { organisation: 'Old Place', title: 'Clerk', current: false, source: 'linkedin' },
    { organisation: 'Analytical Engines', title: 'Head', current: true, source: 'linkedin' },
  ],
  merged: [],
}

describe('the fields of a person', () => {
  it('are grouped with e-mails first and the preferred value on top', () => {
    const groups = groupFields(ada.fields)
    expect(groups.map((group) => group.name)).toEqual(['email', 'phone'])
    expect(groups[0]?.fields.map((one) => one.value)).toEqual(['ada@example.com', 'ada@example.org'])
  })
  it('only link to schemes that are safe to follow', () => {
    expect(hrefOf(field('url', 'javascript:alert(1)'))).toBeNull()
    expect(hrefOf(field('url', 'https://example.org'))).toBe('https://example.org')
    expect(hrefOf(field('phone', '+44 (20) 7946'))).toBe('tel:+44207946')
  })
})

describe('an edit', () => {
  it('sends only what changed', () => {
    const before = toForm(ada)
    expect(before.organisation).toBe('Analytical Engines')
    expect(changesOf(before, { ...before, title: 'Countess' })).toEqual({ title: 'Countess' })
    expect(changesOf(before, { ...before })).toEqual({})
  })
  it('takes an override back with null when a field is emptied', () => {
    const before = toForm(ada)
    expect(changesOf(before, { ...before, organisation: ' ', phones: '' })).toEqual({
      organisation: null,
      phones: null,
    })
  })
  it('reads several e-mails from one line', () => {
    const before = toForm(ada)
    expect(changesOf(before, { ...before, emails: 'a@example.org; b@example.org' })).toEqual({
      emails: ['a@example.org', 'b@example.org'],
    })
  })
})
