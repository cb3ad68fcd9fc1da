import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { groupTests } from './testing/group-tests.ts'
import type { LogUnderTest } from './testing/log-under-test.ts'
import { readTests } from './testing/read-tests.ts'
import { createScene, type Scene } from './testing/scene.ts'
import { writeTests } from './testing/write-tests.ts'

export type { LogUnderTest } from './testing/log-under-test.ts'

/** What every adapter of the log must do. Describes it as tests of vitest, on a log that `setup` makes once. */
export function describeEventLog(name: string, setup: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let under: LogUnderTest
    let scene: Scene

    beforeAll(async () => {
      under = await setup()
      const log = under.connect()
      await log.ensureTopics()
      await log.close()
    })
    afterAll(async () => {
      await under?.close()
    })
    beforeEach(() => {
      scene = createScene(under)
    })
    afterEach(async () => {
      await scene.end()
    })

    const here = { under: () => under, scene: () => scene }
    describe('writing', () => writeTests(here))
    describe('reading', () => readTests(here))
    describe('sharing a group', () => groupTests(here))
  })
}
