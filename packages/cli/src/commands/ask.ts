import { type Command, Option } from 'commander'
import type { Ports } from '../ports.ts'
import type { EventsOptions } from '../queries/events.ts'
import type { HistoryOptions } from '../queries/history.ts'
import type { QueryOptions } from '../queries/scope.ts'
import { repeatable, withQuery } from './shared-options.ts'

export function addWhy(program: Command, ports: Ports): void {
  const why = program
    .command('why')
    .description('say why something is as it is, or why it is not, from the recorded decisions')

  const pod = why
    .command('pod')
    .argument('<name>', 'NAME or NAMESPACE/NAME')
    .description('why this pod is, or was, there: who wanted it, what became of it, what ended it')
  withQuery(pod).action(async (name: string, options: QueryOptions) => {
    const { whyPod } = await import('../queries/why-pod.ts')
    await whyPod(name, options, ports)
  })

  const node = why
    .command('node')
    .argument('<name>')
    .description('why each DaemonSet has a pod on this node, or why it has none')
    .option('--daemonset <name>', 'only this DaemonSet; NAME or NAMESPACE/NAME')
  withQuery(node).action(async (name: string, options: QueryOptions & { daemonset?: string }) => {
    const { whyNode } = await import('../queries/why-node.ts')
    await whyNode(name, options, ports)
  })
}

export function addBlame(program: Command, ports: Ports): void {
  const blame = program
    .command('blame')
    .description('say who started it: person, API call, change, decision, command, pod, outcome')

  const pod = blame
    .command('pod')
    .argument('<name>', 'NAME or NAMESPACE/NAME')
    .description('who started what this pod came, and went, by')
  withQuery(pod).action(async (name: string, options: QueryOptions) => {
    const { blamePod } = await import('../queries/blame.ts')
    await blamePod(name, options, ports)
  })

  const node = blame
    .command('node')
    .argument('<name>')
    .description('who started that each DaemonSet has its pod on this node, or has none')
    .option('--daemonset <name>', 'only this DaemonSet; NAME or NAMESPACE/NAME')
  withQuery(node).action(async (name: string, options: QueryOptions & { daemonset?: string }) => {
    const { blameNode } = await import('../queries/blame.ts')
    await blameNode(name, options, ports)
  })
}

export function addHistory(program: Command, ports: Ports): void {
  const command = program
    .command('history')
    .description('tell everything that happened to a node, a DaemonSet or a pod, oldest first')
  const kinds = [
    { kind: 'node', names: ['node', 'no'], argument: '' },
    { kind: 'daemonset', names: ['daemonset', 'ds'], argument: 'NAME or NAMESPACE/NAME' },
    { kind: 'pod', names: ['pod', 'po'], argument: 'NAME or NAMESPACE/NAME' },
  ] as const
  for (const { kind, names, argument } of kinds) {
    const [name, alias] = names
    const one = command
      .command(name)
      .alias(alias)
      .argument('<name>', argument)
      .description(`the story of one ${kind === 'daemonset' ? 'DaemonSet' : kind}`)
    one.option('--limit <count>', 'how many entries, the newest', '100').option('--all', 'all entries')
    withQuery(one, { isNamespaced: kind !== 'node' }).action(async (written: string, options: HistoryOptions) => {
      const { history } = await import('../queries/history.ts')
      await history(kind, written, options, ports)
    })
  }
}

export function addEvents(program: Command, ports: Ports): void {
  const command = program
    .command('events')
    .description("show the ledger's events, oldest first, as sentences")
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--limit <count>', 'how many of those on record, the newest', '50')
    .addOption(repeatable('--type <type>', 'only events of this type, for example NodeObserved'))
    .addOption(new Option('--node <name>', 'only about this node'))
    .addOption(new Option('--pod <name>', 'only about this pod; NAME (with -n) or NAMESPACE/NAME'))
    .addOption(new Option('--daemonset <name>', 'only about this DaemonSet; NAME (with -n) or NAMESPACE/NAME'))
  withQuery(command).action(async (options: EventsOptions) => {
    const { events } = await import('../queries/events.ts')
    await events(options, ports)
  })
}
