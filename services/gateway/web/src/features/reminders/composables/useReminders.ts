import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { say, sayProblem } from '@/design/toasts'
import { useChanged } from '@/live/changes'
import { createReminder, deleteReminder, myReminders, updateReminder, type Reminder } from '../api'
import { words } from '../words'

const WEEK_MS = 7 * 86_400_000

const isDue = (reminder: Reminder, now = Date.now()) =>
  reminder.status === 'due' || (reminder.status === 'pending' && Date.parse(reminder.due_at) <= now)

/** All reminders by what they ask of me, and what I can do with one. Every step can be undone. */
export function useReminders() {
  const changed = useChanged()
  const query = useQuery(myReminders)
  const all = computed(() => (query.data.value ?? []).toSorted((a, b) => a.due_at.localeCompare(b.due_at)))

  async function run(change: Promise<unknown>, text?: string, undo?: () => Promise<unknown>): Promise<void> {
    try {
      await change
      if (text) say(text, undo && { label: 'Undo', run: () => void run(undo()) })
    } catch (error) {
      sayProblem(error)
    }
    await changed({ name: 'reminder', id: null })
  }

  return {
    ...query,
    due: computed(() => all.value.filter((item) => isDue(item))),
    pending: computed(() => all.value.filter((item) => item.status !== 'done' && !isDue(item))),
    done: computed(() => all.value.filter((item) => item.status === 'done').toReversed()),
    complete: (item: Reminder) =>
      run(updateReminder(item.id, { status: 'done' }), words.completed, () =>
        updateReminder(item.id, { status: 'pending' }),
      ),
    reopen: (item: Reminder) => run(updateReminder(item.id, { status: 'pending' })),
    snooze: (item: Reminder) =>
      run(
        updateReminder(item.id, { due_at: new Date(Date.now() + WEEK_MS).toISOString(), status: 'pending' }),
        words.snoozed,
        () => updateReminder(item.id, { due_at: item.due_at, status: 'pending' }),
      ),
    remove: (item: Reminder) =>
      run(deleteReminder(item.id), words.removed, () =>
        createReminder({
          note: item.note,
          due_at: item.due_at,
          ...(item.person_id && { person_id: item.person_id }),
          ...(item.label && { label: item.label }),
        }),
      ),
  }
}
