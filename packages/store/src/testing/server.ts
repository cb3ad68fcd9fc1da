import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Postgres, startPostgres } from '@rollcall/infra'

export type TestServer = Postgres & { remove(): Promise<void> }

/** A Postgres server of its own; commits do not wait for the disk unless asked to. */
export async function startTestServer(options: { durable?: boolean } = {}): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-store-'))
  const via = process.env.ROLLCALL_TEST_DOCKER === '1' ? 'docker' : 'native'
  const postgres = await startPostgres({ dir, via, durable: options.durable ?? false })
  return {
    ...postgres,
    async remove() {
      await postgres.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
