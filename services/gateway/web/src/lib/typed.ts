/** The fields of a form that makes something new. What is typed is kept until it is sent or thrown away. */
import { computed, reactive, toRaw, watch } from 'vue'
import { removeDraft, storeDraft, storedDraft } from './draftStore'

type Fields = Record<string, unknown>

/** `name` is the form's, and says what it is about: `note/…`. `blank` gives the fields as nobody has typed in them. */
export function useTyped<T extends Fields>(name: () => string, blank: () => T) {
  const isTyped = (value: unknown): value is T =>
    typeof value === 'object' && value !== null && Object.keys(blank()).every((field) => field in value)
  const read = () => ({ ...blank(), ...storedDraft(name(), isTyped) })
  const form = reactive(read()) as T
  const untouched = () => JSON.stringify(form) === JSON.stringify(blank())

  // Written at once: the next thing that happens may be a reload.
  watch(form, () => (untouched() ? removeDraft(name()) : storeDraft(name(), toRaw(form))), { flush: 'sync' })
  watch(name, () => Object.assign(form, read()), { flush: 'sync' })

  return {
    form,
    isTouched: computed(() => !untouched()),
    /** After it was sent, or when it is not wanted: the form is as new. */
    clear: () => Object.assign(form, blank()),
  }
}
