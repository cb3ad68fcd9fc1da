import { describeEventLog } from './contract-suite.ts'
import { startPostgresFixture } from './testing/postgres-fixture.ts'

function describePostgres(name: string, via: 'native' | 'docker'): void {
  describeEventLog(name, async () => {
    const fixture = await startPostgresFixture(via)
    return { ...fixture.underTest, close: () => fixture.close() }
  })
}

describePostgres('the log on Postgres', 'native')
if (process.env.ROLLCALL_TEST_DOCKER === '1') describePostgres('the log on Postgres in Docker', 'docker')
