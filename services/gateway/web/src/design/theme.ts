/** Light, dark, or whatever the system says; remembered in this browser. */
import { ref, watch } from 'vue'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'kith.theme'

function stored(): Theme {
  const value = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === value) ?? 'system'
}

export const theme = ref<Theme>(stored())

function apply(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = value
}

apply(theme.value)
watch(theme, (value) => {
  localStorage.setItem(KEY, value)
  apply(value)
})
