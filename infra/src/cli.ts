/** `pnpm infra up|down|status`: see `usage` in cli/options.ts. */
import { dirname, join } from 'node:path'
import { StartError } from '@rollcall/local-process'
import { down } from './cli/down.ts'
import { oneAtATime } from './cli/one-at-a-time.ts'
import { type Command, parseCommand, UsageError, usage } from './cli/options.ts'
import type { Unit } from './cli/records.ts'
import { status, statusTable } from './cli/status.ts'
import { up } from './cli/up.ts'
import { controlPlaneBinary } from './control-plane/binaries.ts'

const began = performance.now()
/** Progress goes to standard error, with the seconds since the beginning: answers alone are on standard output. */
const progress = (line: string): void =>
  console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`)

try {
  process.exitCode = await perform(parseCommand(process.argv.slice(2)))
} catch (error) {
  // An operating error is told in its own words; anything else is a defect, and shows its stack.
  const told = error instanceof StartError || error instanceof UsageError
  console.error(told ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function perform(command: Command): Promise<number> {
  switch (command.verb) {
    case 'help':
      console.log(usage)
      return 0
    case 'status': {
      const components = await status()
      if (command.json) console.log(JSON.stringify(components, null, 2))
      else console.log(components.length === 0 ? 'Nothing is up. `pnpm infra up` starts it' : statusTable(components))
      return components.every(component => component.state === 'running') ? 0 : 1
    }
    case 'up':
      return oneAtATime(progress, async () => {
        const units = await up(command.options, progress)
        console.log(connections(units, await kubectlPath(units)))
        return 0
      })
    case 'down':
      return oneAtATime(progress, async () => {
        const count = await down(progress, { purge: command.purge })
        console.log(count === 0 ? 'Nothing was up' : `${count} processes stopped`)
        return 0
      })
  }
}

/** What is up, in the form in which one wants it next: for a shell. */
function connections(units: readonly Unit[], kubectl: string | null): string {
  const of = (kind: Unit['kind']): string[] => units.filter(unit => unit.kind === kind).map(unit => unit.connect)
  const kubeconfigs = of('cluster')
  return [
    ...of('kafka').map(brokers => `export ROLLCALL_KAFKA_BROKERS=${brokers}`),
    ...of('postgres').map(url => `export ROLLCALL_POSTGRES_URL='${url}'`),
    ...(kubeconfigs.length === 0 ? [] : [`export KUBECONFIG='${kubeconfigs.join(':')}'`]),
    ...(kubectl === null ? [] : [`# kubectl of this version, for those who have none: ${kubectl}`]),
  ].join('\n')
}

/** Null where no cluster is up, so that none had to be built. */
async function kubectlPath(units: readonly Unit[]): Promise<string | null> {
  if (!units.some(unit => unit.kind === 'cluster')) return null
  return join(dirname(await controlPlaneBinary()), 'kubectl')
}
