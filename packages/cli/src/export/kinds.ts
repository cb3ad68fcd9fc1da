// What can be exported, and how: apart from what does it, which the command loads only when it runs.

export const exportKinds = [
  'placements',
  'decisions',
  'events',
  'coverage',
  'misplaced',
  'churn',
  'flapping',
  'diff',
] as const
export type ExportKind = (typeof exportKinds)[number]

export const exportFormats = ['csv', 'json', 'parquet'] as const
export type ExportFormat = (typeof exportFormats)[number]
