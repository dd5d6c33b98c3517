import { formats } from '@/api/catalogue'
import { plural } from '@/lib/format'
import type { Outcome } from './api'

export const words = {
  title: 'Import',
  lead: 'Bring in the contacts and mail you already have. Files are read on this server and go nowhere else.',
  drop: 'Drop files here, or anywhere on the page',
  dropHint: `Kith reads ${Object.values(formats).join(', ')}, and works out which is which.`,
  choose: 'Choose files',
  chooseLabel: 'Choose files to import',
  dropOverlay: 'Drop to import',
  history: 'Your imports',
  none: 'Nothing imported yet',
  noneText: 'Each file you drop appears here with what became of every line in it.',
  help: 'Where do I get my files?',
  sending: 'Sending',
  waiting: 'Waiting its turn',
  queued: 'Queued',
  reading: 'Reading',
  applying: 'Working out who is who',
  succeeded: 'Imported',
  failed: 'Not imported',
  cancelled: 'Cancelled',
  cancel: 'Cancel import',
  cancelOf: (name: string) => `Cancel import of ${name}`,
  cancelTitle: (name: string) => `Cancel the import of ${name}?`,
  cancelText: 'People that were already read from the file stay in your book. The file itself is deleted.',
  keep: 'Keep importing',
  cancelDone: (name: string) => `Import of ${name} cancelled`,
  receiptCut: 'Only the first 100,000 records are listed here. The numbers above count all of them.',
  dismiss: 'Dismiss',
  missing: 'This import is not here',
  missingText: 'The address may be mistyped, or the import is gone.',
  receiptOf: (name: string) => `Receipt for ${name}`,
  progressOf: (name: string) => `Progress of ${name}`,
  records: (count: number) => plural(count, 'record', 'records'),
  back: 'All imports',
  filter: 'Show',
  all: 'All',
  noLines: 'No lines with this outcome',
  receiptEmpty: 'The receipt fills as the file is read',
  more: 'Show more',
  where: 'Where',
  who: 'Who',
  what: 'What happened',
  why: 'Why',
  nobody: 'No name',
  announce: (name: string, state: string) => `${name}: ${state}`,
}

export const outcomeWords: Record<Outcome, { label: string; one: string; meaning: string }> = {
  created: { label: 'Created', one: 'Created', meaning: 'A new person' },
  merged: { label: 'Merged', one: 'Merged', meaning: 'Added to somebody you already have' },
  updated: { label: 'Updated', one: 'Updated', meaning: 'Changed since the last import' },
  unchanged: { label: 'Unchanged', one: 'Unchanged', meaning: 'The same as before' },
  left_out: { label: 'Left out', one: 'Left out', meaning: 'Not a person, or not useful' },
  rejected: { label: 'Problems', one: 'Problem', meaning: 'Could not be read' },
}

/** A server of a later version may know words that this page does not: they are shown as they are. */
export const outcomeWord = (outcome: string): { one: string; meaning: string } =>
  (outcomeWords as Record<string, { one: string; meaning: string } | undefined>)[outcome] ?? {
    one: outcome,
    meaning: '',
  }

export const formatName = (format: string | null) => (format ? (formats[format] ?? format) : 'Unknown format')

export const guides = [
  {
    name: 'LinkedIn',
    steps: [
      'Open Settings & Privacy, then Data privacy, then “Get a copy of your data”.',
      'Tick Connections, and Messages if you like, and request the archive.',
      'LinkedIn mails you a link within minutes or a day. Drop the archive here as it is.',
    ],
  },
  {
    name: 'Google Contacts',
    steps: [
      'Open contacts.google.com and choose Export.',
      'Choose “Google CSV”, or “vCard”: both work.',
      'Drop the file here.',
    ],
  },
  {
    name: 'Apple and Android',
    steps: [
      'iCloud: open icloud.com/contacts, select all, then Export vCard.',
      'Mac: Contacts, File, Export, Export vCard. Android: Contacts, Fix & manage, Export to file.',
      'Drop the .vcf file here; it may hold any number of cards.',
    ],
  },
  {
    name: 'Gmail',
    steps: [
      'Open takeout.google.com, deselect all, then tick Mail.',
      'Create the export and unpack what you get: it holds a file that ends in .mbox.',
      'Drop the .mbox here. Kith keeps who wrote to whom and when, never what was said.',
    ],
  },
]
