import { asError, errorFacts, wait } from '@rollcall/service'
import type { ReconcilerPorts } from './ports.ts'
import type { ReconcilerSettings } from './settings.ts'

const againMs = 6 * 3_600_000

/**
 * Keeps partitions of the ledger ahead of time, beside the commits: at the start and a few times a day. Nothing depends on it: rows
 * whose partition is missing go to the default one, and are moved when theirs is made.
 */
export async function keepPartitionsAhead(
  { store, timers, logger }: Pick<ReconcilerPorts, 'store' | 'timers' | 'logger'>,
  { ledgerPartition }: Pick<ReconcilerSettings, 'ledgerPartition'>,
  stopping: AbortSignal,
): Promise<void> {
  do {
    try {
      const made = await store.makePartitions(ledgerPartition)
      if (made.length > 0) logger.info({ partitions: made }, `partitions of the ledger made: ${made.join(', ')}`)
    } catch (error) {
      logger.warn(errorFacts(error), `no partitions of the ledger were made ahead: ${asError(error).message}`)
    }
  } while (await wait(timers, againMs, stopping))
}
