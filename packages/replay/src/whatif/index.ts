export type { Change } from './changes.ts'
export { type Blast, type Comparison, compareHistories, type SlotDifference, type SlotHistory } from './compare.ts'
export type { Act, Gap, Timeline } from './timeline.ts'
export { type WhatIf, type WhatIfOptions, whatIf } from './whatif.ts'
