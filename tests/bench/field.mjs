// Who is still measured. A peer that fails is out from then on, with the reason, and the others go on:
// one broken peer must not cost the figures of all. Whoever is measured itself must not fail.

/** How much of an error goes into the document; all of it goes to the console. */
const REASON = 300

export class Field {
  /** `isNeeded` says of a contender whether nothing is worth measuring without it. */
  constructor(contenders, isNeeded) {
    this.contenders = contenders
    this.isNeeded = isNeeded
    this.out = []
  }

  /** Those who have not failed, in the order of the table. */
  get left() {
    return this.contenders.filter((one) => !this.out.some(({ name }) => name === one.name))
  }

  /** What `task` answers, or null where it failed; a needed contender's error goes on upwards. */
  async attempt(contender, what, task) {
    try {
      return await task(contender)
    } catch (error) {
      if (this.isNeeded(contender)) throw error
      console.error(`  ${contender.title} is out (${what}): ${error.stack}`)
      this.out.push({ name: contender.name, title: contender.title, what, why: reason(error) })
      return null
    }
  }

  /** A line for the document about each who is out. */
  notes() {
    return this.out.map(({ title, what, why }) => `**${title} failed (${what}) and has no figures in this run**: ${why}`)
  }
}

/** An error on one line, short enough for a document, without what would end its markup. */
export function reason(error) {
  const line = String(error.message).replaceAll(/[\s|`]+/g, ' ').trim()
  return line.length > REASON ? `${line.slice(0, REASON)}…` : line
}
