// From single times to the figures of the table.

/** The value below which so large a share of all lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * share)]
}

/**
 * One line of the table. `aim` is what the median should be below, `{ above }` what it should reach,
 * or absent. `values` are one figure a run.
 */
export function row(what, unit, values, how, aim = null) {
  const spread = { min: percentile(values, 0), median: percentile(values, 0.5), max: percentile(values, 1) }
  return { what, unit, ...spread, runs: values.length, how, aim: typeof aim === 'number' ? { below: aim } : aim }
}
