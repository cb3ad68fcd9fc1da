import type { Command } from 'commander'
import type { Ports } from '../ports.ts'
import type { GetOptions } from '../queries/get-nodes.ts'
import type { PlacementOptions } from '../queries/get-placements.ts'
import type { QueryOptions } from '../queries/scope.ts'
import { addAudits } from './get-audits.ts'
import { repeatable, withQuery } from './shared-options.ts'

const selector = '-l, --selector <selector>'

export function addGet(program: Command, ports: Ports): void {
  const get = program
    .command('get')
    .description('list what runs, or ran, where; what is missing; who changed what; how rollouts went; coverage')

  const clusters = get
    .command('clusters')
    .aliases(['cluster', 'cl'])
    .argument('[name...]')
    .description('clusters, with what is recorded of each')
  withQuery(clusters, { isNamespaced: false, isList: true }).action(async (names: string[], options: QueryOptions) => {
    const { getClusters } = await import('../queries/get-clusters.ts')
    await getClusters(names, options, ports)
  })

  const nodes = get
    .command('nodes')
    .aliases(['node', 'no'])
    .argument('[name...]')
    .description('nodes, as last seen')
    .option(selector, 'only nodes with these labels, for example ssd=true,zone!=a')
    .option('--gone', 'also nodes that are gone')
  withQuery(nodes, { isNamespaced: false, isList: true }).action(async (names: string[], options: GetOptions) => {
    const { getNodes } = await import('../queries/get-nodes.ts')
    await getNodes(names, options, ports)
  })

  const daemonSets = get
    .command('daemonsets')
    .aliases(['daemonset', 'ds'])
    .argument('[name...]', 'NAME or NAMESPACE/NAME')
    .description('DaemonSets, with their status')
    .option(selector, 'only DaemonSets whose pods have these labels')
    .option('--gone', 'also DaemonSets that are gone')
  withQuery(daemonSets, { isList: true }).action(async (names: string[], options: GetOptions) => {
    const { getDaemonSets } = await import('../queries/get-daemonsets.ts')
    await getDaemonSets(names, options, ports)
  })

  const placements = get
    .command('placements')
    .aliases(['placement', 'pl', 'pods', 'pod', 'po'])
    .argument('[pod...]')
    .description("placements: a DaemonSet's pod on a node, over an interval of time")
    .option('--daemonset <name>', 'only of this DaemonSet; NAME or NAMESPACE/NAME')
    .addOption(repeatable('--node <name>', 'only on this node'))
    .addOption(repeatable('--cause <cause>', 'only those that ended for this cause, for example rollout-replace'))
    .option(selector, 'only on nodes with these labels')
    .option('--pod-selector <selector>', 'only pods whose template has these labels')
    .option('--gone', 'also those that have ended')
    .option('--at <time>', 'those of that time: 10m (ago), 2026-11-24T14:03:21Z, "2026-11-24 14:03"')
    .option('--from <time>', 'those that were there at some time from then on')
    .option('--to <time>', 'those that were there at some time before then')
  withQuery(placements, { isList: true }).action(async (names: string[], options: PlacementOptions) => {
    const { getPlacements } = await import('../queries/get-placements.ts')
    await getPlacements(names, options, ports)
  })

  addAudits(get, ports)
}
