/**
 * A stand-in for the gateway, for development and screenshots only: the API in memory with fictional data,
 * and the built app under the real content security policy. Never part of what is shipped.
 *
 *   node mock/server.mjs            http://127.0.0.1:4300, signed in as "you@example.org", full of data
 *   KITH_MOCK=empty node mock/…     a fresh account
 */
import { randomUUID } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bandOf, daysAgo, evidence, makePeople, makePerson, members, PLACES, random } from './data.mjs'

const PORT = Number(process.env.PORT ?? 4300)
const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const EMPTY = process.env.KITH_MOCK === 'empty'

const me = {
  id: randomUUID(),
  email: 'you@example.org',
  display_name: 'Emmy Noether',
  time_zone: 'Europe/Berlin',
  region: 'DE',
  created_at: daysAgo(90),
  version: 1,
  addresses: [
    { id: randomUUID(), kind: 'email', value: 'you@example.org', verified: true, verified_at: daysAgo(90) },
    { id: randomUUID(), kind: 'email', value: 'emmy@example.com', verified: false },
    { id: randomUUID(), kind: 'profile', value: 'https://www.linkedin.com/in/example', verified: false },
  ],
}
const state = {
  people: [],
  details: new Map(),
  annotations: new Map(),
  imports: [],
  circles: [],
  invitations: [],
  reminders: [],
  notifications: [],
  reminder_mail: true,
  signedIn: true,
  undo: new Map(),
}
const streams = new Set()
let eventId = 0
const emit = (name, id) => {
  eventId++
  for (const stream of streams) stream.write(`id: ${eventId}\nevent: ${name}\ndata: ${JSON.stringify({ id })}\n\n`)
}
const zero = () => ({ records: 0, created: 0, merged: 0, updated: 0, unchanged: 0, left_out: 0, rejected: 0 })

function makeImport(file_name, format, status, counts, extra = {}) {
  return {
    id: randomUUID(),
    file_name,
    format,
    status,
    stage: null,
    created_at: daysAgo(0.01),
    started_at: daysAgo(0.01),
    finished_at: null,
    bytes_total: 480_000,
    bytes_done: 480_000,
    counts: { ...zero(), ...counts },
    problem: null,
    ...extra,
  }
}
function makeCircle(name, mine = 'name') {
  return {
    id: randomUUID(),
    name,
    version: 1,
    members: [
      { account_id: me.id, display_name: me.display_name, email: me.email, status: 'active', sharing: mine, me: true },
      ...members.map((member, index) => ({
        account_id: member.id,
        display_name: member.display_name,
        email: member.email,
        status: 'active',
        sharing: ['name', 'organisation', 'hidden'][index],
        me: false,
      })),
    ],
    invitations: [{ id: randomUUID(), email: 'grace@example.org', created_at: daysAgo(2), expires_at: daysAgo(-12) }],
    exceptions: [{ tag: 'family', person_id: null, sharing: 'hidden' }],
  }
}

function fill() {
  state.people = makePeople(2400, me)
  state.imports = [
    makeImport(
      'Connections.csv',
      'linkedin',
      'running',
      { records: 310, created: 280, merged: 30 },
      { stage: 'reading', bytes_done: 190_000 },
    ),
    makeImport(
      'contacts.vcf',
      'vcard',
      'succeeded',
      { records: 412, created: 301, merged: 64, updated: 12, unchanged: 20, left_out: 9, rejected: 6 },
      { created_at: daysAgo(1), finished_at: daysAgo(1) },
    ),
    makeImport(
      'holiday-photos.zip',
      null,
      'failed',
      {},
      {
        created_at: daysAgo(3),
        problem: { title: 'Not a format Kith reads', detail: 'expected LinkedIn CSV, Google CSV, vCard or mbox' },
      },
    ),
  ]
  state.circles = [makeCircle('Analytical Society'), makeCircle('Family', 'hidden')]
  state.invitations = [
    {
      id: randomUUID(),
      circle: { id: randomUUID(), name: 'Old classmates' },
      email: me.email,
      invited_by: { account_id: members[0].id, display_name: 'Ana Ferreira' },
      created_at: daysAgo(1),
      expires_at: daysAgo(-13),
    },
  ]
  const [ada, second] = state.people
  state.reminders = [
    {
      id: randomUUID(),
      person_id: ada.id,
      label: ada.display_name,
      note: 'Ask how the engine is coming along',
      due_at: daysAgo(0.2),
      status: 'due',
      created_at: daysAgo(30),
      version: 1,
    },
    {
      id: randomUUID(),
      person_id: second.id,
      label: second.display_name,
      note: 'Send the reprint',
      due_at: daysAgo(-4),
      status: 'pending',
      created_at: daysAgo(3),
      version: 1,
    },
    {
      id: randomUUID(),
      person_id: null,
      label: null,
      note: 'Renew the society’s hall',
      due_at: daysAgo(8),
      status: 'done',
      created_at: daysAgo(40),
      version: 2,
    },
  ]
  state.notifications = [
    {
      id: randomUUID(),
      kind: 'import_succeeded',
      title: 'contacts.vcf is imported',
      body: '412 records, 301 new people',
      link: `/import/${state.imports[1].id}`,
      created_at: daysAgo(1),
      read_at: null,
    },
    {
      id: randomUUID(),
      kind: 'circle_invitation',
      title: 'Ana Ferreira invites you to Old classmates',
      body: null,
      link: '/circles',
      created_at: daysAgo(1),
      read_at: null,
    },
    {
      id: randomUUID(),
      kind: 'reminder_due',
      title: 'Ask how the engine is coming along',
      body: 'Ada Lovelace',
      link: '/reminders',
      created_at: daysAgo(2),
      read_at: daysAgo(1),
    },
  ]
}
if (!EMPTY) fill()

/** Lets an import run its course, so that progress can be seen. */
function run(item, done) {
  item.status = 'running'
  item.stage = 'reading'
  item.bytes_done = 0
  const timer = setInterval(() => {
    if (item.status === 'cancelled') return clearInterval(timer)
    item.bytes_done = Math.min(item.bytes_total, item.bytes_done + item.bytes_total / 6)
    item.counts.records += 20
    item.counts.created += 20
    if (item.bytes_done >= item.bytes_total) item.stage = 'applying'
    if (item.counts.records >= 140) {
      clearInterval(timer)
      Object.assign(item, { status: 'succeeded', stage: null, finished_at: new Date().toISOString() })
      state.notifications.unshift({
        id: randomUUID(),
        kind: 'import_succeeded',
        title: `${item.file_name} is imported`,
        body: '140 records',
        link: `/import/${item.id}`,
        created_at: new Date().toISOString(),
        read_at: null,
      })
      emit('notification', item.id)
      done?.()
    }
    emit('import', item.id)
  }, 400)
}

const problem = (status, slug, title, detail, errors) => ({
  status,
  type: 'application/problem+json',
  body: { type: `urn:kith:problem:${slug}`, title, status, detail, errors, request_id: randomUUID() },
})
const ok = (body, status = 200) => ({ status, body })
const none = { status: 204 }
const missing = problem(404, 'not-found', 'Not found', 'there is nothing with this id')
const items = (list, extra = {}) => ok({ items: list, next: null, ...extra })
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const personOf = (id) => {
  const summary = state.people.find((person) => person.id === id)
  if (summary && !summary.owner.me) return undefined
  if (summary && !state.details.has(id)) state.details.set(id, makePerson(summary))
  return state.details.get(id)
}
const tieTo = (id) => state.people.find((person) => person.id === id)
const node = (person) => ({
  id: person.id,
  display_name: person.display_name,
  organisation: person.organisation,
  me: false,
  account_id: null,
})
const meNode = { id: null, display_name: me.display_name, organisation: null, me: true, account_id: me.id }

function people(query) {
  const words = fold(query.get('q') ?? '')
    .split(/\s+/)
    .filter(Boolean)
  const found = state.people.filter((person) => {
    const text = fold(
      [person.display_name, person.organisation, person.title, ...person.emails, ...person.tags].join(' '),
    )
    return words.every((word) => text.includes(word))
  })
  const limit = Number(query.get('limit') ?? 50)
  const start = Number(query.get('cursor') || 0)
  return ok({
    items: found.slice(start, start + limit),
    next: start + limit < found.length ? String(start + limit) : null,
    total: found.length,
  })
}

function paths(query) {
  const mine = state.people.filter((person) => person.owner.me)
  const name = query.get('to_organisation')
  const targets = name
    ? state.people.filter((person) => person.organisation === name)
    : state.people.filter((person) => person.id === query.get('to'))
  if (!targets.length || targets[0].organisation === 'Initech') return items([], { approximate: false })
  const list = Array.from({ length: Math.min(5, Number(query.get('limit') ?? 5)) }, (_, index) => {
    const target = targets[index % targets.length]
    const hops = index === 2 ? 1 : 2
    const between = Array.from({ length: hops }, (_unused, hop) =>
      node(mine[3 + index * 3 + hop * (index === 1 ? 0 : 1)]),
    )
    if (hops === 2 && index === 1) between[0] = node(mine[3])
    if (hops === 2 && index === 3)
      between[1] = { ...between[1], id: null, display_name: 'Someone at Acme', organisation: 'Acme' }
    const chain = [meNode, ...between, node(target)]
    const steps = chain.slice(1).map((_p, hop) => ({
      strength: Math.max(0.18, 0.92 - 0.13 * index - 0.2 * hop * random()),
      evidence: evidence(
        hop === 0 ? 2 : 1,
        hop === 0 ? null : { account_id: members[0].id, display_name: 'Ana Ferreira' },
      ),
    }))
    return {
      people: chain,
      steps,
      score: steps.reduce((product, step) => product * step.strength, 1) * 0.8 ** (steps.length - 1),
    }
  })
  return items(
    list.toSorted((a, b) => b.score - a.score),
    { approximate: false },
  )
}

function neighbourhood(id) {
  const centre = tieTo(id)
  if (!centre) return missing
  const others = state.people.filter((person) => person.owner.me && person.id !== id).slice(2, 27)
  const nodes = [
    { ...node(centre), person_id: id, centre: true, x: 0, y: 0 },
    { ...meNode, id: me.id, person_id: null, centre: false, x: -0.35, y: -0.4 },
  ]
  const edges = [{ a: id, b: me.id, strength: centre.strength }]
  others.forEach((person, index) => {
    const angle = (index / others.length) * Math.PI * 2
    const radius = 0.5 + 0.45 * random()
    nodes.push({
      ...node(person),
      person_id: person.id,
      centre: false,
      x: Math.cos(angle) * radius,
      y: Math.sin(angle) * radius,
    })
    edges.push({ a: id, b: person.id, strength: random() })
    if (index && random() < 0.5) edges.push({ a: others[index - 1].id, b: person.id, strength: random() * 0.7 })
    if (random() < 0.3) edges.push({ a: me.id, b: person.id, strength: person.strength })
  })
  return ok({ nodes, edges })
}

function receipt(id, query) {
  const item = state.imports.find((one) => one.id === id)
  if (!item) return missing
  const all = []
  let line = 2
  for (const outcome of ['rejected', 'left_out', 'created', 'merged', 'updated', 'unchanged']) {
    for (let index = 0; index < item.counts[outcome]; index++) {
      const person = state.people[(line * 7) % state.people.length]
      const reason =
        {
          rejected: 'the e-mail address “ada@” has no domain',
          left_out: 'the card is a group, not a person',
          merged: 'same e-mail address as in Connections.csv',
        }[outcome] ?? null
      all.push({
        position: item.format === 'vcard' ? `card ${line}` : `line ${line}`,
        outcome,
        reason,
        person_id: outcome === 'rejected' || outcome === 'left_out' ? null : (person?.id ?? null),
        label: outcome === 'rejected' ? null : (person?.display_name ?? 'Ada Lovelace'),
      })
      line++
    }
  }
  const found = all.filter((one) => !query.get('outcome') || one.outcome === query.get('outcome'))
  const start = Number(query.get('cursor') || 0)
  return ok({
    items: found.slice(start, start + 50),
    next: start + 50 < found.length ? String(start + 50) : null,
    counts: item.counts,
    cut: false,
  })
}

function upload(raw) {
  const file_name = /filename="([^"]*)"/.exec(raw)?.[1] ?? 'file'
  if (!/\.(csv|vcf|mbox)$/i.test(file_name))
    return problem(
      415,
      'unsupported-format',
      'Kith cannot read this file',
      `“${file_name}” is none of: LinkedIn CSV, Google CSV, vCard, mbox`,
    )
  const format = /\.vcf$/i.test(file_name) ? 'vcard' : /\.mbox$/i.test(file_name) ? 'mbox' : 'linkedin'
  const item = makeImport(
    file_name,
    format,
    'queued',
    {},
    { created_at: new Date().toISOString(), bytes_total: raw.length, bytes_done: 0 },
  )
  state.imports.unshift(item)
  if (!state.people.length) setTimeout(() => (state.people = makePeople(300, me)), 2000)
  run(item)
  return ok(item, 202)
}

const annotationsOf = (id) => {
  if (!state.annotations.has(id))
    state.annotations.set(id, {
      tags: [...(tieTo(id)?.tags ?? [])],
      notes: [
        { id: randomUUID(), text: 'Met at the Analytical Society. Plays chess on Thursdays.', created_at: daysAgo(20) },
      ],
    })
  return state.annotations.get(id)
}
const circleOf = (id) => state.circles.find((circle) => circle.id === id)
const take = (list, id) =>
  list.splice(
    list.findIndex((item) => item.id === id),
    1,
  )

const routes = [
  [
    'POST',
    '/accounts',
    ({ body }) => {
      if (body.password.length < 10)
        return problem(422, 'validation', 'Some fields are not right', null, [
          { pointer: '/password', detail: 'at least 10 characters are needed' },
        ])
      if (body.email === 'taken@example.org')
        return problem(409, 'conflict', 'This e-mail is taken', 'an account with this e-mail exists', [
          { pointer: '/email', detail: 'an account with this e-mail exists' },
        ])
      Object.assign(me, { email: body.email, display_name: body.display_name })
      return ok(me, 201)
    },
  ],
  [
    'POST',
    '/sessions',
    ({ body }) => {
      if (body.password === 'wrong password')
        return problem(401, 'unauthenticated', 'That did not work', 'the e-mail or the password is wrong')
      state.signedIn = true
      return ok({ token: 't', expires_at: daysAgo(-30), account: me }, 201)
    },
  ],
  [
    'GET',
    '/sessions',
    () =>
      items([
        {
          id: '1',
          created_at: daysAgo(3),
          last_seen_at: daysAgo(0),
          user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0',
          current: true,
        },
        {
          id: '2',
          created_at: daysAgo(9),
          last_seen_at: daysAgo(2),
          user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/605',
          current: false,
        },
      ]),
  ],
  ['DELETE', '/sessions', () => ((state.signedIn = false), none)],
  ['DELETE', '/sessions/:id', () => none],
  ['GET', '/me', () => ok(me)],
  ['PATCH', '/me', ({ body }) => ok(Object.assign(me, body, { version: me.version + 1 }))],
  [
    'POST',
    '/me/addresses',
    ({ body }) => (me.addresses.push({ id: randomUUID(), ...body, verified: false }), ok(me.addresses.at(-1), 201)),
  ],
  [
    'POST',
    '/me/addresses/:id/verification',
    ({ params, body }) =>
      body.code === '123456'
        ? ok(
            Object.assign(
              me.addresses.find((a) => a.id === params.id),
              { verified: true },
            ),
          )
        : problem(422, 'validation', 'Wrong code', null, [{ pointer: '/code', detail: 'this code is not right' }]),
  ],
  ['POST', '/me/addresses/:id/verification-mails', () => ({ status: 202 })],
  ['DELETE', '/me/addresses/:id', ({ params }) => (take(me.addresses, params.id), none)],
  ['GET', '/circles', () => items(state.circles)],
  [
    'POST',
    '/circles',
    ({ body }) => (
      state.circles.push({
        ...makeCircle(body.name, 'hidden'),
        invitations: [],
        exceptions: [],
        members: makeCircle('x', 'hidden').members.slice(0, 1),
      }),
      ok(state.circles.at(-1), 201)
    ),
  ],
  ['GET', '/circles/:id', ({ params }) => (circleOf(params.id) ? ok(circleOf(params.id)) : missing)],
  [
    'POST',
    '/circles/:id/invitations',
    ({ params, body }) => (
      circleOf(params.id).invitations.push({
        id: randomUUID(),
        email: body.email,
        created_at: daysAgo(0),
        expires_at: daysAgo(-14),
      }),
      ok({}, 201)
    ),
  ],
  [
    'DELETE',
    '/circles/:id/invitations/:invitation',
    ({ params }) => (take(circleOf(params.id).invitations, params.invitation), none),
  ],
  ['GET', '/invitations', () => items(state.invitations)],
  ['POST', '/invitations/acceptance', () => ok(state.circles[0])],
  [
    'POST',
    '/invitations/:id/acceptance',
    ({ params, body }) => {
      const [invitation] = take(state.invitations, params.id)
      const circle = { ...makeCircle(invitation.circle.name, body.sharing), id: invitation.circle.id }
      state.circles.push(circle)
      return ok(circle)
    },
  ],
  ['POST', '/invitations/:id/refusal', ({ params }) => (take(state.invitations, params.id), none)],
  [
    'PATCH',
    '/circles/:id/membership',
    ({ params, body }) => {
      const circle = circleOf(params.id)
      if (body.sharing) circle.members[0].sharing = body.sharing
      if (body.exceptions) circle.exceptions = body.exceptions
      return ok(circle)
    },
  ],
  ['DELETE', '/circles/:id/membership', ({ params }) => (take(state.circles, params.id), none)],
  [
    'POST',
    '/sample-network',
    () => {
      const circle = makeCircle('Sample circle')
      state.circles.push(circle)
      const item = makeImport(
        'sample-contacts.vcf',
        'vcard',
        'queued',
        {},
        { created_at: new Date().toISOString(), bytes_done: 0 },
      )
      state.imports.unshift(item)
      run(
        item,
        () =>
          (state.people = [
            {
              ...makePeople(1, me)[0],
              strength: 0,
              owner: { account_id: members[0].id, display_name: members[0].display_name, me: false },
            },
            ...makePeople(240, me).filter((one) => one.display_name !== 'Ada Lovelace'),
          ]),
      )
      return ok({ circle_id: circle.id, accounts: members }, 202)
    },
  ],
  ['POST', '/imports', ({ raw }) => upload(raw)],
  ['GET', '/imports', () => items(state.imports)],
  [
    'GET',
    '/imports/:id',
    ({ params }) =>
      state.imports.some((item) => item.id === params.id)
        ? ok(state.imports.find((item) => item.id === params.id))
        : missing,
  ],
  [
    'DELETE',
    '/imports/:id',
    ({ params }) => {
      const item = state.imports.find((one) => one.id === params.id)
      if (!item) return missing
      if (item.status === 'cancelled') return none
      if (item.status !== 'queued' && item.status !== 'running')
        return problem(409, 'conflict', 'This cannot be done', 'the import has ended already')
      Object.assign(item, { status: 'cancelled', stage: null, finished_at: new Date().toISOString() })
      emit('import', item.id)
      return none
    },
  ],
  ['GET', '/imports/:id/receipt', ({ params, query }) => receipt(params.id, query)],
  ['GET', '/people', ({ query }) => people(query)],
  [
    'POST',
    '/people',
    ({ body }) => {
      const summary = {
        id: randomUUID(),
        display_name: body.display_name,
        organisation: body.organisation ?? null,
        title: body.title ?? null,
        emails: body.emails ?? [],
        tags: [],
        strength: 0,
        owner: { account_id: me.id, display_name: me.display_name, me: true },
      }
      state.people.push(summary)
      return ok(personOf(summary.id), 201)
    },
  ],
  ['GET', '/people/:id', ({ params }) => (personOf(params.id) ? ok(personOf(params.id)) : missing)],
  [
    'PATCH',
    '/people/:id',
    ({ params, body }) => {
      const person = personOf(params.id)
      if (body.display_name) person.display_name = tieTo(params.id).display_name = body.display_name
      person.version++
      return ok(person)
    },
  ],
  [
    'POST',
    '/people/:id/merges',
    ({ params, body }) => {
      const person = personOf(params.id)
      const other = tieTo(body.person_id)
      person.merged.push({
        merge_id: randomUUID(),
        person_id: other.id,
        display_name: other.display_name,
        reason: 'You merged them',
        at: new Date().toISOString(),
      })
      return ok({ ...person, version: ++person.version })
    },
  ],
  [
    'DELETE',
    '/people/:id/merges/:merge',
    ({ params }) => {
      const person = personOf(params.id)
      person.merged = person.merged.filter((item) => item.merge_id !== params.merge)
      return ok({ ...person, version: ++person.version })
    },
  ],
  [
    'GET',
    '/people/:id/records',
    ({ params }) =>
      items([
        {
          id: randomUUID(),
          source: 'vcard',
          file_name: 'contacts.vcf',
          position: 'card 3',
          observed_at: daysAgo(12),
          raw: `BEGIN:VCARD\nVERSION:3.0\nFN:${tieTo(params.id)?.display_name}\nEND:VCARD`,
        },
      ]),
  ],
  [
    'GET',
    '/people/:id/ties',
    ({ params }) => {
      const centre = tieTo(params.id)
      const others = state.people.filter((person) => person.owner.me && person.id !== params.id).slice(2, 12)
      const ties = [
        { person: { ...meNode, account_id: undefined }, strength: centre?.strength ?? 0, evidence: evidence(3) },
        ...others.map((person, index) => ({
          person: node(person),
          strength: 0.9 - index * 0.08,
          evidence: evidence(index ? 1 : 2),
        })),
      ]
      return items(
        ties
          .map((tie) => ({ ...tie, band: bandOf(tie.strength), first_at: daysAgo(900), last_at: daysAgo(9) }))
          .toSorted((a, b) => b.strength - a.strength),
      )
    },
  ],
  ['GET', '/people/:id/neighbourhood', ({ params }) => neighbourhood(params.id)],
  ['GET', '/people/:id/annotations', ({ params }) => ok(annotationsOf(params.id))],
  ['PUT', '/people/:id/tags/:tag', ({ params }) => (annotationsOf(params.id).tags.push(params.tag), none)],
  [
    'DELETE',
    '/people/:id/tags/:tag',
    ({ params }) => {
      const mine = annotationsOf(params.id)
      mine.tags = mine.tags.filter((tag) => tag !== params.tag)
      return none
    },
  ],
  [
    'POST',
    '/people/:id/notes',
    ({ params, body }) => {
      const note = { id: randomUUID(), text: body.text, created_at: new Date().toISOString() }
      annotationsOf(params.id).notes.unshift(note)
      return ok(note, 201)
    },
  ],
  ['DELETE', '/people/:id/notes/:note', ({ params }) => (take(annotationsOf(params.id).notes, params.note), none)],
  [
    'GET',
    '/organisations',
    ({ query }) => {
      const q = fold(query.get('q') ?? '')
      const found = PLACES.filter((place) => fold(place).includes(q)).map((name) => ({
        name,
        people: state.people.filter((person) => person.organisation === name).length,
      }))
      return items(found.filter(({ people: count }) => count).slice(0, Number(query.get('limit') ?? 50)))
    },
  ],
  ['GET', '/paths', ({ query }) => paths(query)],
  ['GET', '/reminders', () => items(state.reminders)],
  [
    'POST',
    '/reminders',
    ({ body }) => {
      state.reminders.push({
        id: randomUUID(),
        person_id: null,
        label: null,
        ...body,
        status: 'pending',
        created_at: new Date().toISOString(),
        version: 1,
      })
      return ok(state.reminders.at(-1), 201)
    },
  ],
  [
    'PATCH',
    '/reminders/:id',
    ({ params, body }) =>
      ok(
        Object.assign(
          state.reminders.find((item) => item.id === params.id),
          body,
        ),
      ),
  ],
  ['DELETE', '/reminders/:id', ({ params }) => (take(state.reminders, params.id), none)],
  [
    'GET',
    '/notifications',
    () => items(state.notifications, { unread: state.notifications.filter((item) => !item.read_at).length }),
  ],
  [
    'PATCH',
    '/notifications/:id',
    ({ params }) =>
      ok(
        Object.assign(
          state.notifications.find((item) => item.id === params.id),
          { read_at: new Date().toISOString() },
        ),
      ),
  ],
  [
    'POST',
    '/notifications/read-all',
    () => {
      for (const item of state.notifications) item.read_at ??= new Date().toISOString()
      return none
    },
  ],
  ['GET', '/preferences', () => ok({ reminder_mail: state.reminder_mail })],
  ['PATCH', '/preferences', ({ body }) => ok(Object.assign(state, body) && { reminder_mail: state.reminder_mail })],
].map(([method, path, handler]) => ({
  method,
  handler,
  pattern: new RegExp(`^/api/v1${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}))

function answer(method, url, raw, type) {
  if (!state.signedIn && !(method === 'POST' && /\/(accounts|sessions)$/.test(url.pathname)))
    return problem(401, 'unauthenticated', 'Please sign in', 'there is no session')
  for (const route of routes) {
    const match = route.method === method && route.pattern.exec(url.pathname)
    if (!match) continue
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
    return route.handler({
      params,
      query: url.searchParams,
      raw,
      body: type?.includes('json') && raw ? JSON.parse(raw) : {},
    })
  }
  return missing
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

function serveFile(url, response) {
  const path = normalize(join(DIST, url.pathname))
  const isFile = path.startsWith(DIST) && existsSync(path) && statSync(path).isFile()
  if (!isFile && extname(path)) return response.writeHead(404).end()
  const file = isFile ? path : join(DIST, 'index.html')
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'cache-control': 'no-cache',
  })
  return createReadStream(file).pipe(response)
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/mock/reset') {
    Object.assign(state, {
      people: [],
      imports: [],
      circles: [],
      invitations: [],
      reminders: [],
      notifications: [],
      signedIn: url.searchParams.get('signedOut') === null,
    })
    if (url.searchParams.get('full') !== null) fill()
    return response.writeHead(204).end()
  }
  if (url.pathname === '/api/v1/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('event: hello\ndata: {}\n\n')
    streams.add(response)
    return request.on('close', () => streams.delete(response))
  }
  if (!url.pathname.startsWith('/api/')) return serveFile(url, response)
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { status, body, type } = answer(
    request.method,
    url,
    Buffer.concat(chunks).toString('utf8'),
    request.headers['content-type'],
  )
  response.writeHead(status, { 'content-type': type ?? 'application/json', 'cache-control': 'no-store' })
  return response.end(body === undefined ? undefined : JSON.stringify(body))
}).listen(PORT, '127.0.0.1', () => console.log(`mock gateway on http://127.0.0.1:${PORT}`))
