// A mailbox file imported through the program.
import { inFolder, madeUp, withProgram } from '../program.mjs'
import { row } from '../figures.mjs'

const SEED = 3

export function measure({ runs, mailMb }) {
  return inFolder(async (folder) => {
    const file = madeUp('mbox', mailMb, SEED, folder)
    const took = []
    for (let run = 0; run < runs; run += 1) {
      const one = await withProgram(async (program) => {
        await program.signUp()
        const made = await program.import(file)
        return { ...made, ...program.memory() }
      })
      took.push(one)
    }
    const whole =
      `Import: a mailbox of ${mailMb} MB (${took[0].counts.records} messages, 83 kB on average, bulk mail among it) over HTTP into an empty account ` +
      'on a fresh data folder, until search and network have applied it. Memory is the most that the process ever held (VmHWM).'
    return [
      row('mailbox, whole import', 'MB/s', took.map((one) => one.bytes / 1e6 / one.done_s), whole),
      row('mailbox, whole import', 's', took.map((one) => one.done_s), whole),
      row('… of it until uploaded', 's', took.map((one) => one.uploaded_s), whole),
      row('… of it until read and told', 's', took.map((one) => one.read_s), whole),
      row('… peak memory', 'MB', took.map((one) => one.most_mb), whole, 300),
    ]
  })
}
