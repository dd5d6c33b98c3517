/** What the palette offers besides people: every page, and the actions that need no page. */
import { CalendarPlus, CircleDashed, Import, LogOut, Monitor, Moon, Sun } from '@lucide/vue'
import { computed, type Component } from 'vue'
import { useRouter } from 'vue-router'
import { theme, THEMES } from '@/design/theme'
import { sayProblem } from '@/design/toasts'
import { signOut } from '@/features/account/session'
import { allItems } from '@/shell/nav'
import { words } from '../words'

export interface Command {
  key: string
  label: string
  /** A person has none, but a face. */
  icon?: Component
  organisation?: string | null
  run: () => void
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon }

/** Every word typed must begin a word of the label. */
export function matches(label: string, text: string): boolean {
  const words = label.toLocaleLowerCase().split(/\s+/)
  return text
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)))
}

export function useCommands(text: () => string) {
  const router = useRouter()
  const go = (name: string) => void router.push({ name })
  const pages: Command[] = allItems.map((item) => ({
    key: `page-${item.name}`,
    label: item.label,
    icon: item.icon,
    run: () => go(item.name),
  }))
  const actions = computed<Command[]>(() => [
    { key: 'import', label: words.importFiles, icon: Import, run: () => go('import') },
    { key: 'reminder', label: words.addReminder, icon: CalendarPlus, run: () => go('reminders') },
    { key: 'circle', label: words.newCircle, icon: CircleDashed, run: () => go('circles') },
    ...THEMES.filter((value) => value !== theme.value).map((value) => ({
      key: `theme-${value}`,
      label: words.theme[value],
      icon: THEME_ICONS[value],
      run: () => void (theme.value = value),
    })),
    { key: 'sign-out', label: words.signOut, icon: LogOut, run: () => void signOut().catch(sayProblem) },
  ])
  const only = (list: Command[]) => list.filter((command) => matches(command.label, text()))
  return { pages: computed(() => only(pages)), actions: computed(() => only(actions.value)) }
}
