/** Short messages that say what has just happened, with at most one way to answer (often "Undo"). */
import { ref } from 'vue'
import { toProblem } from '@/api/problem'

export interface Toast {
  id: number
  tone: 'good' | 'bad'
  text: string
  action?: { label: string; run: () => void }
}

const SHOWN_MS = 6_000
const AT_ONCE = 3
let lastId = 0

export const toasts = ref<Toast[]>([])

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export function say(text: string, action?: Toast['action'], tone: Toast['tone'] = 'good'): void {
  const id = ++lastId
  toasts.value = [...toasts.value, { id, tone, text, action }].slice(-AT_ONCE)
  setTimeout(() => dismiss(id), action || tone === 'bad' ? SHOWN_MS * 2 : SHOWN_MS)
}

export function sayProblem(error: unknown): void {
  const problem = toProblem(error)
  say(problem.detail ?? problem.title, undefined, 'bad')
}
