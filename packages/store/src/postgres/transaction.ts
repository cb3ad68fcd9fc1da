import type pg from 'pg'

/**
 * Runs `work` in one transaction. `work` need not wait for what it sends last: it returns those answers, and the commit
 * is sent right behind. The first failure is the one thrown.
 */
export async function inTransaction(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<readonly Promise<unknown>[]>,
): Promise<void> {
  const client = await pool.connect()
  let broken = false
  try {
    const begun = client.query('begin')
    begun.catch(ignoreHere)
    const outstanding = await work(client)
    const committed = client.query('commit')
    await allInOrder([begun, ...outstanding, committed])
    // A transaction that had failed answers `commit` with ROLLBACK; its failure was thrown above.
    if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back without an error')
  } catch (error) {
    broken = !(await rolledBack(client))
    throw error
  } finally {
    client.release(broken)
  }
}

/** Leaves no rejection unhandled, and throws the first in order: the others only follow from it. */
async function allInOrder(promises: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** Whether the connection can be used again. */
async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback')
    return true
  } catch {
    // The connection is gone, and the transaction with it: the pool drops the connection.
    return false
  }
}

/** Its rejection is thrown by `allInOrder`, or follows from another one. */
const ignoreHere = () => undefined
