import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, shallowRef } from 'vue'
import { ApiProblem } from '@/api/problem'
import { useDraft, type State } from './draft'
import { setDraftOwner } from './draftStore'

type Field = 'name' | 'phone' | 'birthday'
const before: State<Field> = { version: '1', fields: { name: 'Ada', phone: '', birthday: '' } }
const stale = new ApiProblem({ type: 'urn:kith:problem:version-mismatch', status: 412 })

const next = (version: string) => String(Number(version) + 1)

let scope = effectScope()
beforeEach(() => {
  sessionStorage.clear()
  setDraftOwner('me')
  scope = effectScope()
})
afterEach(() => scope.stop())

/** A server with one thing, which anybody may change, and a form over what this page knows of it. */
function form(server = { state: before }) {
  const known = shallowRef(server.state)
  const sent: { changes: Partial<Record<Field, string>>; version: string }[] = []
  const make = () =>
    scope.run(() =>
      useDraft<Field>({
        name: () => 'thing',
        current: () => known.value,
        refetch: async () => (known.value = server.state),
        async send({ before, after }, version) {
          if (version !== server.state.version) throw stale
          const changes = Object.fromEntries(
            (Object.keys(after) as Field[]).filter((one) => after[one] !== before[one]).map((one) => [one, after[one]]),
          )
          sent.push({ changes, version })
          server.state = { version: next(version), fields: { ...server.state.fields, ...changes } }
          known.value = server.state
        },
      }),
    )
  const change = (fields: Partial<Record<Field, string>>) => {
    server.state = { version: next(server.state.version), fields: { ...server.state.fields, ...fields } }
  }
  const hear = () => (known.value = server.state)
  const draft = make()
  if (!draft) throw new Error('the scope has ended')
  return { draft, make, sent, server, change, hear }
}

describe('a form over something that others change', () => {
  it('sends only what its user changed, whatever was saved elsewhere since it was opened', async () => {
    const { draft, sent, server, change, hear } = form()
    draft.form.birthday = '1815-12-10'
    change({ phone: '+44 20 7946 0001' })
    hear()
    expect(await draft.save()).toBe(true)
    expect(sent).toEqual([{ changes: { birthday: '1815-12-10' }, version: '2' }])
    expect(server.state.fields).toEqual({ name: 'Ada', phone: '+44 20 7946 0001', birthday: '1815-12-10' })
  })

  it('shows what was saved elsewhere in the fields that its user left alone', () => {
    const { draft, change, hear } = form()
    draft.form.birthday = '1815-12-10'
    change({ phone: '1' })
    hear()
    expect(draft.form).toEqual({ name: 'Ada', phone: '1', birthday: '1815-12-10' })
    expect(draft.updated.value).toEqual(['phone'])
    expect(draft.inConflict.value).toBe(false)
  })

  it('gets the newest state and saves again when somebody was faster and no event came', async () => {
    const { draft, sent, server, change } = form()
    draft.form.birthday = '1815-12-10'
    change({ phone: '1' })
    expect(await draft.save()).toBe(true)
    expect(sent).toEqual([{ changes: { birthday: '1815-12-10' }, version: '2' }])
    expect(server.state.fields.phone).toBe('1')
  })

  it('saves nothing while a field was changed on both sides, until its user says whose it is', async () => {
    const { draft, sent, server, change, hear } = form()
    draft.form.name = 'Ada King'
    change({ name: 'Augusta Ada' })
    hear()
    expect(draft.conflicts.value.name).toEqual({ mine: 'Ada King', theirs: 'Augusta Ada' })
    expect(await draft.save()).toBe(false)
    expect(sent).toEqual([])
    draft.choose('name', 'mine')
    expect(await draft.save()).toBe(true)
    expect(server.state.fields.name).toBe('Ada King')
  })

  it('asks as well where it learns of the conflict only when it saves', async () => {
    const { draft, sent, server, change } = form()
    draft.form.name = 'Ada King'
    draft.form.phone = '2'
    change({ name: 'Augusta Ada' })
    expect(await draft.save()).toBe(false)
    draft.choose('name', 'theirs')
    expect(draft.form.name).toBe('Augusta Ada')
    expect(await draft.save()).toBe(true)
    expect(sent.at(-1)?.changes).toEqual({ phone: '2' })
    expect(server.state.fields.name).toBe('Augusta Ada')
  })

  it('knows no conflict where both sides wrote the same', async () => {
    const { draft, sent, change, hear } = form()
    draft.form.name = 'Ada King'
    change({ name: 'Ada King' })
    hear()
    expect(draft.inConflict.value).toBe(false)
    expect(await draft.save()).toBe(true)
    expect(sent).toEqual([])
  })

  it('gives up with the server’s problem when it is never fast enough', async () => {
    let version = '1'
    const server = {
      // Somebody saves between any two looks at it.
      get state() {
        return { ...before, version: (version = next(version)) }
      },
      set state(_) {},
    }
    const { draft } = form(server)
    draft.form.name = 'Ada King'
    await expect(draft.save()).rejects.toBe(stale)
  })

  it('is there again after a reload, and still knows what it began with', async () => {
    const { draft, make, change, server } = form()
    draft.form.birthday = '1815-12-10'
    draft.form.name = 'Ada King'
    change({ phone: '1', name: 'Augusta' })
    await Promise.resolve()
    const reloaded = form(server).draft
    expect(make).toBeDefined()
    expect(reloaded.form).toEqual({ name: 'Ada King', phone: '1', birthday: '1815-12-10' })
    expect(reloaded.conflicts.value.name).toEqual({ mine: 'Ada King', theirs: 'Augusta' })
  })

  it('keeps nothing after it was saved or thrown away', async () => {
    const { draft } = form()
    draft.form.name = 'Ada King'
    expect(sessionStorage).toHaveLength(1)
    draft.discard()
    expect(draft.form.name).toBe('Ada')
    expect(sessionStorage).toHaveLength(0)
    draft.form.name = 'Ada King'
    await draft.save()
    expect(sessionStorage).toHaveLength(0)
  })
})
