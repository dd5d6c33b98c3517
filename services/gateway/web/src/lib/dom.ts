/** True while someone types, so that single-letter shortcuts stay out of the way. */
export function isTyping(event: Event): boolean {
  const target = event.target
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

export const prefersReducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

export const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)
