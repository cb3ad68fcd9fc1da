import type { Command } from 'commander'
import type { Ports } from '../ports.ts'
import type { ReleaseOptions } from '../queries/release.ts'
import type { TakeoverOptions } from '../queries/takeover.ts'
import { withQuery } from './shared-options.ts'

/** Acting in a cluster, and giving it back. */
export function addTakeover(program: Command, ports: Ports): void {
  const takeover = program
    .command('takeover')
    .description('act as the DaemonSet controller of a cluster that was only observed; first says what would happen')
    .option('--probe <daemonset>', 'NAMESPACE/NAME made to show that the built-in controller is off (docs/takeover.md)')
    .option('--yes', 'do it')
  withQuery(takeover, { isNamespaced: false }).action(async (options: TakeoverOptions) => {
    const { takeOver } = await import('../queries/takeover.ts')
    await takeOver(options, ports)
  })

  const release = program
    .command('release')
    .description('act no more in a cluster, and only observe it; says when the built-in controller may be switched on')
    .option('--yes', 'do it')
    .option('--timeout <duration>', 'how long to wait for what had been asked for before', '5m')
  withQuery(release, { isNamespaced: false }).action(async (options: ReleaseOptions) => {
    const { release } = await import('../queries/release.ts')
    await release(options, ports)
  })
}
