import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { withProgress } from '../replay/progress.ts'
import { clustersOf, type LedgerFlags, withLedgers } from './open-ledgers.ts'

const progressEvery = 1_000

/**
 * `rollcall repair`: writes projections again from their ledgers, cluster by cluster, each in one transaction: what is interrupted
 * has changed nothing, and the next run makes it good. @throws CliError when a ledger is not as it was written
 */
export async function repairProjections(flags: LedgerFlags, ports: Ports): Promise<void> {
  const { refold, ReplayError } = await import('@rollcall/replay')
  await withLedgers(flags, ports, async store => {
    for (const cluster of await clustersOf(store, flags.cluster)) {
      // What an altered ledger tells must not become what everybody is answered.
      const report = await withProgress(`verifying ${cluster}`, ports, onProgress =>
        store.verifyChain(cluster, { onProgress }),
      )
      if (!report.ok) {
        const what = `the ledger of ${cluster} is not as it was written: position ${report.position}: ${report.problem}`
        throw new CliError('altered', what, 'its projections were left as they are; see rollcall verify')
      }
      const { lastPosition } = report
      try {
        await withProgress(`writing the projections of ${cluster}`, ports, async onProgress => {
          async function* told() {
            let rows = 0
            for await (const entry of store.readLedger(cluster)) {
              if (++rows % progressEvery === 0) onProgress({ position: entry.position, lastPosition })
              yield entry
            }
          }
          await store.rebuildProjections(cluster, refold(cluster, told()))
        })
      } catch (error) {
        throw error instanceof ReplayError ? new CliError('failed', error.message, null, { cause: error }) : error
      }
      ports.terminal.out(`${cluster}: projections written again up to position ${lastPosition.toLocaleString('en')}\n`)
    }
  })
}
