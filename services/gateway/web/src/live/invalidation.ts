/** Which of the cached answers an event makes doubtful. */
import type { LiveEvent } from './channel'

type Key = string[]

const EVERYTHING: Key[] = [[]]

export function keysTouchedBy(event: LiveEvent): Key[] {
  switch (event.name) {
    case 'resync':
      return EVERYTHING
    case 'import':
      return [['imports'], ['receipt'], ['people'], ['organisations']]
    case 'notification':
      // One of them may say that an import has been applied everywhere.
      return [['notifications'], ['paths'], ['people'], ['organisations'], ['person'], ['imports']]
    case 'person':
      return [['people'], ['organisations'], ...(event.id ? [['person', event.id]] : [['person']])]
    case 'circle':
      return [['circles'], ['invitations'], ['people']]
    case 'reminder':
      return [['reminders'], ['notifications']]
  }
}
