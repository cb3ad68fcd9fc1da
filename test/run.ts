import { spawnSync } from 'node:child_process'

/**
 * `pnpm test`: the fast checks first, then the tests on the real parts. Stops at the first that fails.
 * With CI=true nothing may be left out.
 */
type Step = { readonly title: string; readonly command: readonly string[] }

const steps: readonly Step[] = [
  { title: 'lint', command: ['biome', 'check', '.'] },
  { title: 'types', command: ['tsc', '--noEmit'] },
  { title: 'unit and property tests', command: ['vitest', 'run', '--project', 'unit'] },
]

for (const [index, { title, command }] of steps.entries()) {
  const started = Date.now()
  console.log(`\n[${index + 1}/${steps.length}] ${title}: ${command.join(' ')}`)
  const [program = '', ...args] = command
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (error) console.error(`${program} did not start: ${error.message}`)
  if (status !== 0) {
    console.error(`\n${title} failed after ${((Date.now() - started) / 1000).toFixed(1)} s`)
    process.exit(1)
  }
  console.log(`${title}: ok, ${((Date.now() - started) / 1000).toFixed(1)} s`)
}
