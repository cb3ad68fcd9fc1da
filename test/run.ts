import { spawnSync } from 'node:child_process'
import { missingTools, type Tool } from '@rollcall/infra'

/**
 * `pnpm test`: the fast checks first, then the tests on the real parts. Stops at the first that fails. What this machine
 * cannot run is left out and named at the end; with CI=true leaving out is a failure.
 */
type Step = {
  readonly title: string
  readonly command: readonly string[]
  /** Left out where one of these is missing. */
  readonly needs?: readonly Tool[]
  readonly environment?: Readonly<Record<string, string>>
}

const integration = ['vitest', 'run', '--project', 'integration']
const ci = process.env.CI === 'true'

const steps: readonly Step[] = [
  { title: 'lint', command: ['biome', 'check', '.'] },
  { title: 'types', command: ['tsc', '--noEmit'] },
  { title: 'unit and property tests', command: ['vitest', 'run', '--project', 'unit'] },
  {
    title: 'integration tests on real Kafka, Postgres and Kubernetes',
    command: integration,
    needs: ['go', 'java', 'maven'],
  },
  {
    title: 'contract suites of event log and store in containers',
    // CI brings an engine and the images along (Debian, root); elsewhere the engine that answers is used.
    command: [
      ...(ci ? ['node', 'infra/images/with-docker.ts', '--install', '--images'] : []),
      ...integration,
      'packages/event-log/src/kafka.int.test.ts',
      'packages/store/src/postgres/postgres-store.int.test.ts',
    ],
    needs: ci ? [] : ['docker'],
    environment: { ROLLCALL_TEST_DOCKER: '1' },
  },
]

const missing = await missingTools()
const leftOut: string[] = []

for (const [index, { title, command, needs = [], environment = {} }] of steps.entries()) {
  const lacking = missing.filter(({ tool }) => needs.includes(tool))
  if (lacking.length > 0) {
    leftOut.push(`${title}: ${lacking.map(({ mend }) => mend).join('; ')}`)
    continue
  }
  const started = Date.now()
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1)
  console.log(`\n[${index + 1}/${steps.length}] ${title}: ${command.join(' ')}`)
  const [program = '', ...args] = command
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  if (error) console.error(`${program} did not start: ${error.message}`)
  if (status !== 0) {
    console.error(`\n${title}: FAILED after ${seconds()} s`)
    process.exit(1)
  }
  console.log(`${title}: ok, ${seconds()} s`)
}

if (leftOut.length === 0) {
  console.log('\nEverything ran, and everything passed.')
} else {
  console.log(`\n!!! What ran passed, but ${leftOut.length} of ${steps.length} steps were LEFT OUT on this machine:`)
  for (const line of leftOut) console.log(`!!!   ${line}`)
  if (ci) process.exit(1)
}
