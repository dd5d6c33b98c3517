/** Fictional answers of the API, whole as its types want them; a test names only what it is about. */
import type { Tagged } from '@/api/client'
import type { Circle, Invitation, Person, PersonSummary } from '@/api/generated'

export const found = (id: string, display_name: string, more: Partial<PersonSummary> = {}): PersonSummary => ({
  id,
  display_name,
  emails: [],
  tags: [],
  strength: 0.5,
  band: 'fair',
  owner: { account_id: 'me', display_name: 'Emmy', me: true },
  ...more,
})

/** The owner of what a circle member shares. */
export const ofAna = { owner: { account_id: 'ana', display_name: 'Ana', me: false } }

export const person = (display_name: string, more: Partial<Person> = {}): Tagged<Person> => ({
  id: '1',
  version: 3,
  tag: '"3"',
  display_name,
  fields: [],
  employments: [],
  merged: [],
  ...more,
})

export const circle = (more: Partial<Circle> = {}): Circle => ({
  id: 'c1',
  name: 'Analytical Society',
  version: 1,
  members: [],
  invitations: [],
  exceptions: [],
  ...more,
})

export const invitation: Invitation = {
  id: 'i1',
  email: 'emmy@example.org',
  circle: { id: 'c1', name: 'Analytical Society' },
  invited_by: { account_id: 'ana', display_name: 'Ana' },
  created_at: '2026-11-01T00:00:00Z',
  expires_at: '2026-12-01T00:00:00Z',
}
