/** Up to two initials; whole characters, so that emoji and other scripts stay in one piece. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}\p{M}\s]/gu, ' ')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
  const first = [...(words[0] ?? '?')][0] ?? '?'
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return (first + last).toLocaleUpperCase()
}

/** A steady hue for a name, in degrees. */
export function hueOf(name: string): number {
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash % 360
}
