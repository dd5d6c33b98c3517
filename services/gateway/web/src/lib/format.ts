/** Dates and numbers for people, in the browser's language and the account's time zone. */
import { ref } from 'vue'

const zone = ref<string | undefined>(undefined)
const locale = navigator.language || 'en'

/** Every date after this is shown in the account's zone. An unknown zone falls back to the browser's. */
export function useZone(name: string | undefined): void {
  try {
    zone.value = name && new Intl.DateTimeFormat(locale, { timeZone: name }).resolvedOptions().timeZone
  } catch {
    zone.value = undefined
  }
}

const currentZone = () => zone.value ?? Intl.DateTimeFormat().resolvedOptions().timeZone

export const formatNumber = (value: number) => new Intl.NumberFormat(locale).format(value)

export function formatDate(iso: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone.value }).format(new Date(iso))
}

/** `1815-12-10`, or `--12-10` where the year is not known; anything else as it is. */
export function formatBirthday(value: string): string {
  const match = /^(\d{4}|-)-?(\d{2})-?(\d{2})$/.exec(value)
  if (!match) return value
  const [, year, month, day] = match
  const known = year !== '-'
  const date = new Date(Date.UTC(known ? Number(year) : 2000, Number(month) - 1, Number(day)))
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: known ? 'numeric' : undefined,
    timeZone: 'UTC',
  }).format(date)
}

export function formatDateTime(iso: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone.value }).format(
    new Date(iso),
  )
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "3 weeks ago", "in 2 days", "now". */
export function formatRelative(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit)
  }
  return format.format(0, 'second')
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: BYTE_UNITS[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(bytes / 1000 ** power)
}

/** The number beside a strength bar: 0 to 100. */
export const strengthNumber = (strength: number) => Math.round(Math.min(1, Math.max(0, strength)) * 100)

export function plural(count: number, one: string, many: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** How far the account's zone is ahead of UTC at a moment, in milliseconds. */
function zoneOffsetMs(at: number): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone: currentZone(),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
}

/** Turns what a `datetime-local` field holds (`2026-11-22T09:00`, in the account's zone) into a UTC instant. */
export function zonedToUtc(local: string): string {
  const asUtc = Date.parse(`${local}Z`)
  const first = asUtc - zoneOffsetMs(asUtc)
  return new Date(asUtc - zoneOffsetMs(first)).toISOString()
}

/** The reverse: an instant as a `datetime-local` field wants it. */
export function utcToZoned(at: number): string {
  return new Date(at + zoneOffsetMs(at)).toISOString().slice(0, 16)
}
