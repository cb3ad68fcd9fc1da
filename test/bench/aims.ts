/** One line of a bench's table. */
export type Measure = {
  readonly measure: string
  /** What it should be; null: nothing was promised. */
  readonly aim: { readonly atLeast: number } | { readonly atMost: number } | null
  readonly found: number
  readonly unit: string
}

export function isMet({ aim, found }: Measure): boolean | null {
  if (aim === null) return null
  return 'atLeast' in aim ? found >= aim.atLeast : found <= aim.atMost
}

/** An aligned table: measure, aim, found, and whether it is met. */
export function tableOf(measures: readonly Measure[]): string {
  const shown = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
  const rows = measures.map(one => {
    const { aim, unit } = one
    const wanted = aim === null ? '' : 'atLeast' in aim ? `≥ ${shown(aim.atLeast)}` : `≤ ${shown(aim.atMost)}`
    const met = isMet(one)
    return [one.measure, wanted, shown(one.found), unit, met === null ? '' : met ? 'met' : 'MISSED']
  })
  const titles = ['measure', 'aim', 'found', 'unit', '']
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)))
  const isNumber = (column: number) => column === 1 || column === 2
  return [titles, ...rows]
    .map(row =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
