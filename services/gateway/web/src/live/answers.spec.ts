import { describe, expect, it } from 'vitest'
import { ANSWERS, EVENT_NAMES, isForgotten, isTouched, keyOf, type EventName, type Operation } from './answers'

/** Sources as text, by path: the app's own, the generated client, and what the services say of themselves. */
const app = import.meta.glob<string>(['/src/**/*.{ts,vue}', '!/src/api/generated/**', '!/src/**/*.spec.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const rust = import.meta.glob<string>(
  [
    '/../src/domain/routes.rs',
    '/../src/adapters/events.rs',
    '/../src/application/apply_events.rs',
    '/../../*/src/**/{events,apply_events}.rs',
    '/../../../shared/src/catalogue.rs',
  ],
  { query: '?raw', import: 'default', eager: true },
)
const documents = import.meta.glob<string>(['/src/api/generated/sdk.gen.ts', '/../openapi.json'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const text = (files: Record<string, string>, end: string) => {
  const found = Object.entries(files).find(([path]) => path === end || path.endsWith(`/${end}`))
  if (!found) throw new Error(`${end} is not there; there are ${Object.keys(files).join(', ')}`)
  return found[1]
}
const all = (source: string, pattern: RegExp) => [...source.matchAll(pattern)].map((match) => match[1] ?? '')

const sdk = text(documents, 'sdk.gen.ts')
/** The path that each GET operation of the generated client asks for. */
const getPaths = new Map(
  [...sdk.matchAll(/export const (\w+) = [^;]*?\.get<[^;]*?url: '([^']+)'/gs)].map((match) => [
    match[1] ?? '',
    match[2] ?? '',
  ]),
)
/** Answers that are not cached, and why nothing has to ask for them again. */
const NOT_CACHED: Record<string, string> = {
  getMe: 'the session holds it; `account` makes every tab ask again',
}

describe('the table of answers', () => {
  it('has a row for every GET operation that the app calls, and for no other', () => {
    const called = new Set(Object.values(app).flatMap((source) => all(source, /sdk\.(\w+)\(/g)))
    const gets = [...called].filter((operation) => getPaths.has(operation) && !NOT_CACHED[operation])
    expect(gets.toSorted()).toEqual(Object.keys(ANSWERS).toSorted())
  })

  it('names every cached answer by the operation that is really called', () => {
    const wrong: string[] = []
    let seen = 0
    for (const source of Object.values(app)) {
      const named = new Map(
        [...source.matchAll(/export const (\w+) = (?:async )?\([^)]*\)[^=]*=>(.*?)(?=\nexport |$)/gs)]
          .filter(([, , body = '']) => !body.includes('queryOf('))
          .map(([, name = '', body = '']) => [name, /sdk\.(\w+)\(/.exec(body)?.[1]]),
      )
      for (const [, operation, call] of source.matchAll(
        /queryOf\(\s*'(\w+)',\s*\[[^\]]*\],\s*(.*?)(?=\nexport |$)/gs,
      )) {
        seen++
        const helper = /(\w+)/.exec((call ?? '').replace(/^(async )?\([^)]*\) => (await )?\(?/, ''))?.[1] ?? ''
        const called = /sdk\.(\w+)\(/.exec(call ?? '')?.[1] ?? named.get(helper)
        if (called !== operation) wrong.push(`${operation} calls ${called}`)
      }
    }
    expect(seen).toBeGreaterThan(10)
    expect(wrong).toEqual([])
  })

  it('is the only place that names keys: nothing else makes one up', () => {
    const own = Object.entries(app).filter(([path]) => !path.endsWith('/live/answers.ts'))
    const made = own.filter(([, source]) => /\bkey: (\(\) => )?\[|(setQueryData|getQueryData)\(\s*\[/.test(source))
    expect(made.map(([path]) => path)).toEqual([])
  })
})

/** Which service answers a path, by the gateway's own table of routes. */
function serviceFor(path: string): string {
  const routes = [
    ...text(rust, '../src/domain/routes.rs').matchAll(/(?:all\(|only\("GET", )"([^"]+)", "(\w+)"\)/g),
  ].map((match) => ({ pattern: match[1] ?? '', service: match[2] ?? '' }))
  const found = routes.find(({ pattern }) => {
    const exact = pattern.replace(/\/\*\*$/, '').replaceAll(/\{\w+\}/g, '[^/]+')
    return new RegExp(`^${exact}${pattern.endsWith('/**') ? '(/.*)?' : ''}$`).test(path.replaceAll(/\{\w+\}/g, 'x'))
  })
  if (!found) throw new Error(`no service answers ${path}`)
  return found.service
}

/** The domain events that a service publishes or applies: what can change its answers. */
function eventsOf(service: string): Set<string> {
  const published = all(text(rust, 'shared/src/catalogue.rs'), new RegExp(`entry::<${service}::(\\w+)>`, 'g'))
  const applied = Object.entries(rust)
    .filter(([path]) => path.includes(`/${service}/src/`))
    .flatMap(([, source]) => all(source.split('#[cfg(test)]')[0] ?? '', /(\w+)::TYPE/g))
  return new Set([...published, ...applied])
}

const line = (file: string) => text(rust, file).replaceAll(/\s+/g, ' ')

/** The domain events at which the gateway tells of a change: as its use case decides, and of people as it taps them. */
function eventsBehind(): Record<EventName, string[]> {
  const opened = line('../src/adapters/events.rs').matchAll(/(\w+)::TYPE => .*?Incoming::(\w+)/g)
  const eventOf = new Map([...opened].map(([, event = '', incoming = '']) => [incoming, event]))
  const decided = line('../src/application/apply_events.rs').split('match incoming')[1] ?? ''
  const told: Record<string, string[]> = {}
  for (const [, incoming = '', arm] of decided.matchAll(/Incoming::(\w+)(.*?)(?=Incoming::|$)/g))
    for (const name of all(arm ?? '', /"([a-z]+)"/g))
      if ((EVENT_NAMES as readonly string[]).includes(name)) (told[name] ??= []).push(eventOf.get(incoming) ?? '')
  told['person'] = ['PersonChanged']
  return told as Record<EventName, string[]>
}

/** Where a service knows of an event and the answer still does not depend on it. */
const UNTOUCHED: Partial<Record<Operation, Partial<Record<EventName, string>>>> = {
  listSessions: { circle: 'sessions know no circle' },
  listImports: { person: 'an import is counted when its records are read' },
  getImport: { person: 'an import is counted when its records are read' },
  getReceipt: { person: 'a line is written when its record is read' },
  getAnnotations: { circle: 'seen by their writer alone', import: 'written by hand alone' },
  getPreferences: {
    circle: 'set by hand alone',
    import: 'set by hand alone',
    notification: 'set by hand alone',
    reminder: 'set by hand alone',
  },
  listNotifications: {
    circle: 'makes a notification, which is told itself',
    import: 'makes a notification, which is told itself',
  },
  listReminders: {
    circle: 'reminders know no circle',
    import: 'reminders know no import',
    notification: 'of those one is due, `reminder` tells',
  },
}

describe('what the event stream tells', () => {
  it('is what the API document says, each changing at least one answer', () => {
    const { paths } = JSON.parse(text(documents, 'openapi.json')) as {
      paths: Record<string, { get?: { summary: string } }>
    }
    const told = all(paths['/api/v1/events']?.get?.summary ?? '', /`(\w+)`/g)
    expect(told.toSorted()).toEqual([...EVENT_NAMES].toSorted())
    const idle = EVENT_NAMES.filter((name) => !Object.values(ANSWERS).some((row) => name in row))
    expect(idle).toEqual([])
  })

  it('makes every answer doubtful whose service knows of the event behind it', () => {
    const behind = eventsBehind()
    expect(Object.keys(behind).toSorted()).toEqual([...EVENT_NAMES].toSorted())
    const missing: string[] = []
    for (const operation of Object.keys(ANSWERS) as Operation[]) {
      const known = eventsOf(serviceFor(getPaths.get(operation) ?? ''))
      for (const name of EVENT_NAMES) {
        const depends = behind[name].some((event) => known.has(event))
        const isTold = name in ANSWERS[operation]
        if (depends && !isTold && !UNTOUCHED[operation]?.[name]) missing.push(`${operation}: ${name}`)
      }
    }
    expect(missing).toEqual([])
  })

  it('is the one it names where only that one changed, and all of its kind where nobody knows which', () => {
    expect(isTouched({ name: 'person', id: '7' }, keyOf('getPerson', '7'))).toBe(true)
    expect(isTouched({ name: 'person', id: '7' }, keyOf('getPerson', '8'))).toBe(false)
    expect(isTouched({ name: 'person', id: null }, keyOf('getPerson', '8'))).toBe(true)
    expect(isTouched({ name: 'person', id: '7' }, keyOf('listTies', '8'))).toBe(true)
  })

  it('is everything after a gap', () => {
    for (const operation of Object.keys(ANSWERS) as Operation[])
      expect(isTouched({ name: 'resync' }, keyOf(operation, '1'))).toBe(true)
  })

  it('reaches, when a circle changes, all that shows what its members share', () => {
    const shared = (Object.keys(ANSWERS) as Operation[]).filter((operation) =>
      ['search', 'network'].includes(serviceFor(getPaths.get(operation) ?? '')),
    )
    const kept = shared.filter((operation) => !isForgotten({ name: 'circle', id: '1' }, keyOf(operation)))
    expect(kept).toEqual(['getAnnotations'])
  })
})
