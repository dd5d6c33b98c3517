// A mailbox file read by the parser alone.
import { example } from '../example.mjs'
import { row } from '../figures.mjs'

export function measure({ runs, parseMb }) {
  const parsed = []
  for (let run = 0; run < runs; run += 1) {
    const text = example('kith-sample', 'throughput', [String(parseMb), '1000'])
    const found = /mbox: .* ([\d.]+) MB\/s/.exec(text)
    if (!found) throw new Error(`not understood: ${text}`)
    parsed.push(Number(found[1]))
  }
  const how = `Parser: a mailbox of ${parseMb} MiB from a file into messages, one thread.`
  return [row('mailbox, parser', 'MB/s', parsed, how)]
}
