import { Command } from 'commander'
import { formats, listFormats } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import type { AtGetFlags, AtWhyFlags } from '../replay/at.ts'
import { withFormat, withRecord } from './replay.ts'
import { repeatable } from './shared-options.ts'

/** `rollcall at MOMENT get|why …`: the moment comes first, so that what follows reads as the live question does. */
export function addAt(program: Command, ports: Ports): void {
  program.enablePositionalOptions()
  program
    .command('at')
    .argument('<moment>', 'a time (2026-11-24T14:03:21Z, 2h or -2h: two hours ago) or a position (@1200)')
    .argument('[question...]', 'get nodes|daemonsets|placements …, why pod|node NAME')
    .description('answer as of then: what was there, and why')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText('after', () => `\n${questions('MOMENT', ports).helpInformation()}${examples}`)
    .action(async (moment: string, question: readonly string[]) => {
      const asked = questions(moment, ports)
      asked.copyInheritedSettings(program)
      if (question.length === 0) asked.error(`error: what is asked about ${moment}? get or why`)
      await asked.parseAsync([...question], { from: 'user' })
    })
}

const examples = `
Examples:
  rollcall at -2h get placements --node n17
  rollcall at @1200 get daemonsets --file incident.rcl
  rollcall at 2026-11-24T14:03:21Z why pod logging/fluentd-x2c4v`

function questions(moment: string, ports: Ports): Command {
  const asked = new Command(`rollcall at ${moment}`)
  const get = asked.command('get').description('list what was there then')
  const lists = [
    { kind: 'nodes', aliases: ['node', 'no'], names: '[name...]' },
    { kind: 'daemonsets', aliases: ['daemonset', 'ds'], names: '[name...]' },
    { kind: 'placements', aliases: ['placement', 'pl', 'pods', 'pod', 'po'], names: '[pod...]' },
  ] as const
  for (const { kind, aliases, names } of lists) {
    const list = get.command(kind).aliases(aliases).argument(names).description(`${kind} as they were`)
    if (kind === 'placements') {
      list
        .option('--daemonset <name>', 'only of this DaemonSet; NAME or NAMESPACE/NAME')
        .addOption(repeatable('--node <name>', 'only on this node'))
    }
    if (kind !== 'nodes') list.option('-n, --namespace <name>', 'only this namespace')
    withSource(list, listFormats).action(async (wanted: string[], flags: AtGetFlags) => {
      const { getAt } = await import('../replay/at.ts')
      await getAt(moment, kind, wanted, flags, ports)
    })
  }
  const why = asked.command('why').description('why something was as it was, or was not, from the recorded decisions')
  for (const kind of ['pod', 'node'] as const) {
    const one = why.command(kind).argument('<name>', kind === 'pod' ? 'NAME or NAMESPACE/NAME' : '')
    if (kind === 'node') one.option('--daemonset <name>', 'only this DaemonSet; NAME or NAMESPACE/NAME')
    one.option('-n, --namespace <name>', 'only this namespace')
    withSource(one, formats).action(async (name: string, flags: AtWhyFlags) => {
      const { whyAt } = await import('../replay/at.ts')
      await whyAt(moment, kind, name, flags, ports)
    })
  }
  return asked
}

const withSource = (command: Command, choices: readonly string[]): Command =>
  withRecord(withFormat(command, choices)).option('--file <capture>', 'a capture file; without it a ledger is read')
