// The kept figures as docs/benchmarks.md. The same figures give the same text.

export function document(kept, order) {
  const parts = order.filter((name) => kept[name])
  const missing = order.filter((name) => !kept[name]?.rows)
  return [
    '# Measurements',
    '',
    'Written by `make bench` (`tests/bench/run`); change the measurement, not this file. Everything is made-up data',
    'from the generator in `services/ingest/sample`, the same in each run. Each figure is taken in several runs; the table shows',
    'the least, the median and the most of them, and holds the **median** against the aim. Where a figure is a',
    'percentile (p50, p99), it is the percentile within each run. Load is the average number of running and waiting',
    'processes in the last minute, before the part and after it: a number well above 0 before it means that others',
    'computed at the same time, and the figures are worse than the program is.',
    '',
    ...(missing.length > 0 ? [`Not measured yet: ${missing.join(', ')}.`, ''] : []),
    ...parts.flatMap((name) => section(name, kept[name])),
    '## How to repeat',
    '',
    '`make bench` measures all but the cold build (`KITH_BENCH_COLD=1 make bench` does that too);',
    '`tests/bench/run import search` only these parts. `tests/bench/README.md` lists what can be set.',
    '',
  ].join('\n')
}

function section(name, part) {
  if (!part.rows) return [`## ${name}`, '', ...failure(part)]
  return [
    `## ${name}`,
    '',
    ...failure(part),
    `${part.date} UTC, commit ${part.commit}; ${part.cpu}, ${part.cores} cores, ${part.memory_gib} GiB, Linux ${part.kernel}; ` +
      `load ${part.load} before, ${part.load_after} after.`,
    '',
    '| what | min | median | max | runs | aim | |',
    '|---|--:|--:|--:|--:|--:|---|',
    ...part.rows.map(line),
    '',
    ...(part.tables ?? []).flatMap(table),
    ...[...new Set(part.rows.map((row) => row.how)), ...(part.notes ?? [])].map((how) => `- ${how}`),
    '',
  ]
}

/** What became of the last run, if it gave no figures: those that follow are of an earlier one. */
function failure({ failed, rows }) {
  if (!failed) return []
  const left = rows ? ' The figures below are of the run before.' : ''
  return [`**Failed on ${failed.date} UTC, commit ${failed.commit}**: ${failed.why}.${left}`, '']
}

function line(row) {
  const value = (number) => `${shown(number)} ${row.unit}`
  const [aim, met] = held(row)
  const verdict = aim === '' ? '' : met ? 'met' : '**missed**'
  return `| ${row.what} | ${value(row.min)} | ${value(row.median)} | ${value(row.max)} | ${row.runs} | ${aim} | ${verdict} |`
}

/** The aim as text, and whether the median meets it. */
function held({ aim, unit, median }) {
  if (!aim) return ['', null]
  if (aim.above !== undefined) return [`≥ ${aim.above} ${unit}`, median >= aim.above]
  return [`< ${aim.below} ${unit}`, median < aim.below]
}

/** What does not fit into lines of least, median and most. */
function table({ title, head, lines }) {
  const cells = (values) => `| ${values.join(' | ')} |`
  return [`${title}:`, '', cells(head), cells(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...lines.map(cells), '']
}

function shown(number) {
  if (number >= 100) return number.toFixed(0)
  if (number >= 10) return number.toFixed(1)
  return number.toFixed(number >= 1 ? 2 : 3)
}
