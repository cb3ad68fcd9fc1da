import type { Command } from 'commander'
import type { Ports } from '../ports.ts'
import type { HoldsOptions } from '../queries/holds.ts'
import type { QueryOptions } from '../queries/scope.ts'
import { withQuery } from './shared-options.ts'

/** What the guard holds, and how it is settled. */
export function addHolds(program: Command, ports: Ports): void {
  const holds = program
    .command('holds')
    .argument('[hold]', 'the whole story of one')
    .description('deletions that are held because they would take many pods of a DaemonSet at once')
    .option('--all', 'also those that are settled')
  withQuery(holds, { isNamespaced: false, isList: true }).action(
    async (hold: string | undefined, options: HoldsOptions) => {
      const { listHolds } = await import('../queries/holds.ts')
      await listHolds(hold, options, ports)
    },
  )

  const approve = program
    .command('approve')
    .argument('<hold>')
    .description('let the deletions of a hold happen: those that it holds now; what is lost later is judged anew')
  withQuery(approve, { isNamespaced: false }).action(async (hold: string, options: QueryOptions) => {
    const { approveHold } = await import('../queries/holds.ts')
    await approveHold(hold, options, ports)
  })

  const reject = program
    .command('reject')
    .argument('<hold>')
    .description('keep the pods of a hold: for as long as its cause lasts, or for a time')
    .option('--for <duration>', 'for so long (90s, 10m, 2h, 1d); then it is asked again')
  withQuery(reject, { isNamespaced: false }).action(async (hold: string, options: QueryOptions & { for?: string }) => {
    const { rejectHold } = await import('../queries/holds.ts')
    await rejectHold(hold, options, ports)
  })
}
