/** A fictional network in memory for development: six people's books, seeded so that it is the same every time. */
import { randomUUID } from 'node:crypto'

let seed = 7
export const random = () => {
  seed = (seed * 1664525 + 1013904223) % 4294967296
  return seed / 4294967296
}
const pick = (list) => list[Math.floor(random() * list.length)]
export const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString()

const FIRST = [
  'Ada',
  'Grace',
  'Alan',
  'Mary',
  'Katherine',
  'Edsger',
  'Barbara',
  'Donald',
  'Radia',
  'Vint',
  'Margaret',
  'Tim',
  'Hedy',
  'Clemens',
  'Émilie',
  'Sofya',
  'Johanna',
  'Noether',
  'Zoë',
  'İpek',
  'Nguyễn',
  'Łukasz',
]
const LAST = [
  'Lovelace',
  'Hopper',
  'Turing',
  'Somerville',
  'Johnson',
  'Dijkstra',
  'Liskov',
  'Knuth',
  'Perlman',
  'Hamilton',
  'Lamarr',
  'Shannon',
  'du Châtelet',
  'Kovalevskaya',
  'Wójcik',
  'Öztürk',
  'Müller',
  'García-Sánchez',
  'O’Brien',
  'Van der Waals',
]
export const PLACES = [
  'Analytical Engines',
  'Acme',
  'Bletchley Works',
  'Northwind',
  'Lighthouse Labs',
  'Cedar & Sons',
  'Example University',
  'Globex',
  'Initech',
  'Harbour Press',
]
const TITLES = [
  'Engineer',
  'Head of Research',
  'Designer',
  'Founder',
  'Editor',
  'Professor',
  'Product lead',
  'Librarian',
  'Investor',
  'Nurse',
]
const TAGS = ['school', 'chess club', 'investor', 'Berlin', 'hiking']

export const members = [
  { id: randomUUID(), display_name: 'Ana Ferreira', email: 'ana@example.org' },
  { id: randomUUID(), display_name: 'Bo Lindqvist', email: 'bo@example.org' },
  { id: randomUUID(), display_name: 'Chidi Okafor', email: 'chidi@example.org' },
]

const slug = (name) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '.')

export function makePeople(count, me) {
  const people = []
  for (let index = 0; index < count; index++) {
    const display_name = index === 0 ? 'Ada Lovelace' : `${pick(FIRST)} ${pick(LAST)}`
    const shared = index > 4 && random() < 0.25
    const owner = shared ? pick(members) : me
    people.push({
      id: randomUUID(),
      display_name,
      organisation: random() < 0.85 ? pick(PLACES) : null,
      title: random() < 0.8 ? pick(TITLES) : null,
      emails: random() < 0.8 ? [`${slug(display_name)}@example.com`] : [],
      tags: random() < 0.2 ? [pick(TAGS)] : [],
      strength: shared ? 0 : Math.round(1000 * random() ** 2.2) / 1000,
      owner: { account_id: owner.id, display_name: owner.display_name, me: !shared },
    })
  }
  people[0].strength = 0.86
  people[0].organisation = 'Analytical Engines'
  people[0].title = 'Head of Research'
  people[0].tags = ['chess club']
  return people.toSorted((a, b) => b.strength - a.strength)
}

export function makePerson(summary) {
  const record = (source, file_name, days) => ({
    record_id: randomUUID(),
    source,
    file_name,
    observed_at: daysAgo(days),
  })
  const linkedin = record('linkedin', 'Connections.csv', 40)
  const card = record('vcard', 'contacts.vcf', 12)
  const fields = [
    { name: 'name', value: summary.display_name, label: null, preferred: true, sources: [linkedin, card] },
  ]
  for (const email of summary.emails) {
    fields.push({ name: 'email', value: email, label: 'work', preferred: true, sources: [linkedin, card] })
    fields.push({
      name: 'email',
      value: email.replace('.com', '.org'),
      label: 'home',
      preferred: false,
      sources: [card],
    })
  }
  fields.push({ name: 'phone', value: '+44 20 7946 0018', label: 'mobile', preferred: true, sources: [card] })
  fields.push({
    name: 'url',
    value: `https://www.linkedin.com/in/${slug(summary.display_name)}`,
    label: null,
    preferred: true,
    sources: [linkedin],
  })
  fields.push({ name: 'birthday', value: '--12-10', label: null, preferred: true, sources: [card] })
  return {
    id: summary.id,
    version: 3,
    display_name: summary.display_name,
    fields,
    employments: [
      ...(summary.organisation
        ? [{ organisation: summary.organisation, title: summary.title, current: true, source: 'linkedin' }]
        : []),
      { organisation: 'Example University', title: 'Student', current: false, source: 'vcard' },
    ],
    merged: [],
  }
}

const SUMMARIES = [
  ['mail', '48 two-way mails, last 9 days ago'],
  ['mail', '12 two-way mails, last 3 weeks ago'],
  ['connection', 'Connected on LinkedIn since March 2021'],
  ['mail', '3 small-group mails together'],
  ['stated', 'You said that they know each other'],
]

export function evidence(count, via = null) {
  return Array.from({ length: count }, (_, index) => {
    const [kind, summary] = SUMMARIES[(Math.floor(random() * 5) + index) % 5]
    return { kind, summary, source: kind === 'mail' ? 'mail' : 'linkedin', via, last_at: daysAgo(9) }
  }).filter((item, index, all) => all.findIndex((other) => other.summary === item.summary) === index)
}

export const bandOf = (strength) =>
  strength < 0.25 ? 'weak' : strength < 0.5 ? 'fair' : strength < 0.75 ? 'good' : 'strong'
