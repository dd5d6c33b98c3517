/**
 * What was typed and not sent yet, kept for this tab until it is sent or thrown away: it survives leaving the page, a
 * reload, and an upgrade of the server. It belongs to one account, and signing out removes it.
 */
const PREFIX = 'kith.draft.'
/** A browser gives a site about five million characters. What does not fit is not kept, and nothing else breaks. */
const MOST_CHARACTERS = 200_000

let account = ''

/** Whose drafts are read and written from now on. */
export function setDraftOwner(id: string | undefined): void {
  account = id ?? ''
}

const place = (name: string) => `${PREFIX}${account}.${name}`

export function storeDraft(name: string, value: unknown): void {
  const text = JSON.stringify(value)
  try {
    if (text.length <= MOST_CHARACTERS) sessionStorage.setItem(place(name), text)
  } catch {
    // Storage is full or forbidden: the form itself still holds what was typed.
  }
}

/** What was kept, if it is still of the shape that `isUsable` says. */
export function storedDraft<T>(name: string, isUsable: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(place(name)) ?? 'null')
    return isUsable(value) ? value : null
  } catch {
    return null
  }
}

export function removeDraft(name: string): void {
  try {
    sessionStorage.removeItem(place(name))
  } catch {
    // Forbidden: then nothing was kept either.
  }
}

/** Forgets everything typed, of whichever account. */
export function removeAllDrafts(): void {
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name)
  } catch {
    // Forbidden: then nothing was kept either.
  }
}
