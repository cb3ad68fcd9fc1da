import { afterAll, beforeAll, describe } from 'vitest'
import { commitContract } from './contract-suite/commits.ts'
import type { StoreWorld } from './contract-suite/harness.ts'
import { leaseContract } from './contract-suite/leases.ts'
import { ledgerContract } from './contract-suite/ledger.ts'
import { outboxContract } from './contract-suite/outbox.ts'
import { placementContract } from './contract-suite/placements.ts'
import { projectionContract } from './contract-suite/projections.ts'

export type { StoreWorld } from './contract-suite/harness.ts'

/** What every store must do, whatever it stands on. One world serves all tests: each uses clusters of its own. */
export function storeContract(name: string, openWorld: () => Promise<StoreWorld>): void {
  describe(`the store on ${name}`, () => {
    let world: StoreWorld | undefined
    const present = (): StoreWorld => {
      if (!world) throw new Error('the world of the store under test did not open')
      return world
    }
    beforeAll(async () => {
      world = await openWorld()
    })
    afterAll(() => world?.close())

    commitContract(present)
    ledgerContract(present)
    placementContract(present)
    projectionContract(present)
    outboxContract(present)
    leaseContract(present)
  })
}
