import { useQueryCache } from '@pinia/colada'
import { onScopeDispose, watch } from 'vue'
import { reachable } from '@/api/reach'
import { refreshMe } from '@/features/account/session'
import { listen } from './channel'
import { gatherChanges, onChangeElsewhere } from './changes'
import type { Change } from './answers'

/** Keeps every cached answer of this tab fresh while the shell is shown. */
export function useLiveUpdates(): void {
  const changes = gatherChanges(useQueryCache())
  const note = (change: Change) => {
    if (change.name === 'account') void refreshMe()
    changes.note(change)
  }
  const stopEvents = listen('/api/v1/events', note)
  const stopTabs = onChangeElsewhere(note)
  // What failed while the server was away is asked for again.
  watch(reachable, (now) => now && note({ name: 'resync' }))
  onScopeDispose(() => {
    stopEvents()
    stopTabs()
    changes.stop()
  })
}
