import type { Import } from './api'
import { words } from './words'

/** What an import is doing, in words. */
export function stateOf(item: Import): string {
  if (item.status === 'running') return item.stage === 'applying' ? words.applying : words.reading
  return words[item.status]
}
