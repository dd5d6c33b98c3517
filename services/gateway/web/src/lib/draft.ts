/**
 * A form over something that others may change while it is open. It begins with the state that its user saw, and takes
 * in every newer one field by field: what the user left alone follows, what only they changed stays theirs, and where
 * both changed a field they are asked. Only what the user changed is sent, against the newest state taken in.
 */
import { computed, nextTick, reactive, shallowRef, toRaw, watch, type Reactive } from 'vue'
import { toProblem } from '@/api/problem'
import { removeDraft, storeDraft, storedDraft } from './draftStore'

type Fields<K extends string> = Record<K, string>

/** A state as the server gave it: its fields and its version belong together. */
export interface State<K extends string> {
  fields: Fields<K>
  /** Its tag: equal only for the same state. */
  version: string
}

export interface Conflict {
  mine: string
  theirs: string
}

interface Options<K extends string> {
  /** Says what is edited: `person/…`. What was typed is kept under it until it is saved or thrown away. */
  name: () => string
  /** The newest state that is known. */
  current: () => State<K>
  /** Whether two values mean the same, say because only spaces differ. */
  isSame?: (field: K, a: string, b: string) => boolean
  /** Sends what differs between two states, against a version. */
  send: (changes: { before: Fields<K>; after: Fields<K> }, version: string) => Promise<unknown>
  /** Gets the newest state, after the server said that the version is an old one. */
  refetch: () => Promise<unknown>
}

interface Kept<K extends string> {
  base: Fields<K>
  mine: Fields<K>
  version: string
}

/** How often a save is tried anew because somebody else saved in between, and no field is in conflict. */
const TRIES = 4

export function useDraft<K extends string>({ name, current, send, refetch, isSame = sameText }: Options<K>) {
  const form = reactive({ ...current().fields })
  const base = shallowRef(current().fields)
  const conflicts = shallowRef<Partial<Record<K, Conflict>>>({})
  const updated = shallowRef<K[]>([])
  let version = current().version
  let sending = false

  const fields = Object.keys(base.value) as K[]
  const mine = () => toRaw(form) as Fields<K>
  const put = (values: Partial<Fields<K>>) => Object.assign(form, values)
  const isTouched = computed(() => fields.some((field) => !isSame(field, valueOf(form, field), base.value[field])))
  const inConflict = computed(() => fields.some((field) => openAt(field)))

  /** The conflict of a field, unless the user has typed what the others saved. */
  function openAt(field: K): Conflict | undefined {
    const conflict = conflicts.value[field]
    return conflict && !isSame(field, valueOf(form, field), conflict.theirs) ? conflict : undefined
  }

  /** Takes a newer state in, field by field. */
  function take(state: State<K>): void {
    const before = base.value
    for (const field of fields) {
      const [typed, theirs] = [mine()[field], state.fields[field]]
      if (isSame(field, before[field], theirs)) continue
      const iChanged = !isSame(field, typed, before[field])
      if (!iChanged) {
        put({ [field]: theirs } as Partial<Fields<K>>)
        updated.value = [...updated.value.filter((one) => one !== field), field]
      }
      const clash = iChanged && !isSame(field, typed, theirs) ? { mine: typed, theirs } : undefined
      conflicts.value = { ...conflicts.value, [field]: clash }
    }
    base.value = state.fields
    version = state.version
  }
  const catchUp = () => sending || current().version === version || take(current())
  watch(current, catchUp, { flush: 'sync' })

  /** Begins with the newest state, and with what was typed into it earlier, if that was neither sent nor thrown away. */
  function begin(typed: Kept<K> | null = storedDraft(name(), isKept<K>)): void {
    const state = current()
    conflicts.value = {}
    updated.value = []
    // What was kept by a page that knew fewer fields lacks the others.
    base.value = { ...state.fields, ...typed?.base }
    put({ ...base.value, ...typed?.mine })
    version = typed?.version ?? state.version
    catchUp()
    if (!isTouched.value) removeDraft(name())
  }
  begin()
  watch(name, () => begin())
  watch(
    form,
    () => (isTouched.value ? storeDraft(name(), { base: base.value, mine: mine(), version }) : removeDraft(name())),
    {
      flush: 'sync',
    },
  )

  /** Settles a conflict. */
  function choose(field: K, whose: keyof Conflict): void {
    const conflict = conflicts.value[field]
    conflicts.value = { ...conflicts.value, [field]: undefined }
    if (conflict && whose === 'theirs') put({ [field]: conflict.theirs } as Partial<Fields<K>>)
  }

  /** Saves what was changed. False where there is a conflict to settle first. */
  async function save(): Promise<boolean> {
    for (let tries = 1; !inConflict.value; tries++) {
      if (!isTouched.value) return true
      sending = true
      try {
        await send({ before: base.value, after: { ...mine() } }, version)
        // The newest state comes down to the form with the next rendering.
        await nextTick()
        // The server may write a value in another way than it was typed.
        begin(null)
        return true
      } catch (error) {
        if (toProblem(error).status !== 412 || tries === TRIES) throw error
        await refetch()
        await nextTick()
      } finally {
        sending = false
        catchUp()
      }
    }
    return false
  }

  return {
    form,
    isTouched,
    /** Fields that both sides changed, each to something else. */
    conflicts: computed(
      () => Object.fromEntries(fields.map((field) => [field, openAt(field)])) as typeof conflicts.value,
    ),
    inConflict,
    /** Fields that follow what was saved elsewhere while the form was open. */
    updated,
    choose,
    begin: () => begin(),
    save,
    /** Throws away what was typed. */
    discard: () => begin(null),
  }
}

const valueOf = <K extends string>(form: Reactive<Fields<K>>, field: K) => (form as Fields<K>)[field]

const isKept = <K extends string>(value: unknown): value is Kept<K> =>
  typeof value === 'object' && value !== null && ['base', 'mine', 'version'].every((part) => part in value)

const sameText = (_: string, a: string, b: string) => a.trim() === b.trim()
