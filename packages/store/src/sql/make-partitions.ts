import type { PartitionUnit } from '../store.ts'
import type { Statement } from './statement.ts'

/** So many days from now have their partition. */
const daysAhead = 40

/** Makes what is missing, with the owner's rights (`migrations/0006`): the names of the new partitions. */
export const makePartitions: Statement<{ unit: PartitionUnit }, string> = {
  name: 'make_partitions',
  text: 'select make_ledger_partitions($1, $2) as name',
  values: ({ unit }) => [unit, daysAhead],
  row: ({ name }) => name,
}
