/** For refreshing that nobody waits for: where it fails, the query itself holds the problem and the page shows it. */
export function inBackground(work: Promise<unknown>): void {
  work.catch(() => {})
}
