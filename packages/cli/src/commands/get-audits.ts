import type { Command } from 'commander'
import type { Ports } from '../ports.ts'
import type { ChangesOptions } from '../queries/get-changes.ts'
import type { MissingOptions } from '../queries/get-missing.ts'
import type { RolloutOptions } from '../queries/get-rollouts.ts'
import type { SpanOptions } from '../queries/span.ts'
import { repeatable, withQuery } from './shared-options.ts'

const name = 'NAME or NAMESPACE/NAME'

/** Questions of an auditor: lists of their own below `get`. */
export function addAudits(get: Command, ports: Ports): void {
  const missing = get
    .command('missing')
    .argument('<daemonset>', name)
    .description('nodes without a pod of a DaemonSet that should have one: since when, and why')
    .option('--all-nodes', 'also nodes that should have none, with the reason')
    .addOption(repeatable('--node <name>', 'only this node'))
    .option('-l, --selector <selector>', 'only nodes with these labels')
    .addOption(repeatable('--rule <rule>', 'only for this rule, for example taint-not-tolerated'))
    .option('--at <time>', 'as it was then: 10m (ago), 2026-11-24T14:03:21Z, "2026-11-24 14:03"')
  withQuery(missing, { isList: true }).action(async (written: string, options: MissingOptions) => {
    const { getMissing } = await import('../queries/get-missing.ts')
    await getMissing(written, options, ports)
  })

  const changes = get
    .command('changes')
    .argument('<daemonset>', name)
    .description('who changed a DaemonSet, when, and what; oldest first')
    .option('--limit <count>', 'how many, the newest', '100')
    .option('--all', 'all of them')
  withQuery(changes, { isList: true }).action(async (written: string, options: ChangesOptions) => {
    const { getChanges } = await import('../queries/get-changes.ts')
    await getChanges(written, options, ports)
  })

  const rollouts = get
    .command('rollouts')
    .alias('rollout')
    .argument('<daemonset>', name)
    .description('rollouts of a DaemonSet, newest first: how long they took, what failed, which nodes held them up')
    .option('--from <time>', 'those whose revision was the newest at some time from then on')
    .option('--to <time>', 'those that began before then')
  withQuery(rollouts, { isList: true }).action(async (written: string, options: RolloutOptions) => {
    const { getRollouts } = await import('../queries/get-rollouts.ts')
    await getRollouts(written, options, ports)
  })

  const spans = [
    {
      name: 'diff',
      description: 'what is otherwise at the end of a span of time than at its beginning: nodes, DaemonSets, pods',
      load: async () => (await import('../queries/get-diff.ts')).getDiff,
    },
    {
      name: 'misplaced',
      description: 'pods that were on nodes on which they should not have been, and for how long',
      load: async () => (await import('../queries/get-misplaced.ts')).getMisplaced,
    },
    {
      name: 'churn',
      description: 'where pods came most often, and why they ended; the most restless first',
      load: async () => (await import('../queries/get-churn.ts')).getChurn,
    },
    {
      name: 'flapping',
      description:
        'which nodes, or pods, changed most often: readiness, taints, labels, restarts; the most restless first',
      load: async () => (await import('../queries/get-flapping.ts')).getFlapping,
    },
  ]
  for (const { name: command, description, load } of spans) {
    const one = get
      .command(command)
      .argument('[daemonset]', name)
      .description(description)
      .addOption(repeatable('--node <name>', 'only on this node'))
      .option('-l, --selector <selector>', 'only on nodes with these labels')
      .option('--from <time>', 'from when on: 1d (ago), 2026-11-24T14:03:21Z, "2026-11-24 14:03"', '1d')
      .option('--to <time>', 'until when (else now)')
    if (command === 'misplaced') one.option('--over <duration>', 'only for longer than this: 30s, 10m', '0s')
    if (command === 'flapping') one.option('--pods', 'pods of DaemonSets, not nodes')
    withQuery(one, { isList: true }).action(async (written: string | undefined, options: SpanOptions) => {
      await (await load())(written, options, ports)
    })
  }

  const coverage = get
    .command('coverage')
    .argument('[daemonset]', name)
    .description('how long nodes were without a pod that they should have had, and the share that was covered')
    .addOption(repeatable('--node <name>', 'only on this node'))
    .option('-l, --selector <selector>', 'only on nodes with these labels')
    .option('--from <time>', 'from when on: 1d (ago), 2026-11-24T14:03:21Z, "2026-11-24 14:03"', '1d')
    .option('--to <time>', 'until when (else now)')
  withQuery(coverage, { isList: true }).action(async (written: string | undefined, options: SpanOptions) => {
    const { getCoverage } = await import('../queries/get-coverage.ts')
    await getCoverage(written, options, ports)
  })
}
