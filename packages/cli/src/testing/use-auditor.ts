import { afterEach, beforeEach, vi } from 'vitest'
import { run } from '../program.ts'
import { type Answers, type FakeAuditor, startFakeAuditor } from './fake-auditor.ts'
import { createTestPorts } from './test-ports.ts'

/** The command as its user calls it, in UTC, against an auditor whose answers stand from the first call until it is closed. */
export function useAuditor() {
  let auditor: FakeAuditor | null = null
  const close = async () => {
    await auditor?.close()
    auditor = null
  }
  beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
  afterEach(async () => {
    vi.unstubAllEnvs()
    await close()
  })
  return {
    async rollcall(words: readonly string[], answers: Answers, more: Parameters<typeof createTestPorts>[0] = {}) {
      auditor ??= await startFakeAuditor(answers)
      const ports = createTestPorts({ env: { ROLLCALL_SERVER: auditor.url }, ...more })
      const code = await run(words, ports)
      return { ...ports.written, code, asked: auditor.asked.map(decodeURIComponent) }
    },
    /** The next call may have other answers. */
    close,
  }
}
