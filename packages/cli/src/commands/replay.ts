import { type Command, Option } from 'commander'
import type { Ports } from '../ports.ts'
import type { BisectFlags } from '../replay/bisect.ts'
import type { CaptureFlags } from '../replay/capture.ts'
import type { RecordOptions } from '../replay/open-record.ts'
import type { ReplayFlags } from '../replay/replay.ts'
import type { StepFlags } from '../replay/step.ts'
import type { WhatIfFlags } from '../replay/whatif.ts'
import { repeatable } from './shared-options.ts'

/** What works on a record itself: a capture file, or the ledger in its database. */
export function addReplay(program: Command, ports: Ports): void {
  const replay = program
    .command('replay')
    .argument('[file...]', 'capture files; without one, a ledger is read')
    .description(
      'decide anew at every recorded decision and compare: is this version of Rollcall safe for what happened?',
    )
    .option('--assert', 'end with exit code 7 at the first file or ledger that does not agree in everything')
    .option('--differences <count>', 'how many differences are shown', '10')
    .option('--core <path>', coreWords)
  withWindow(withRecord(withFormat(replay))).action(async (files: string[], flags: ReplayFlags) => {
    const { replayRecords } = await import('../replay/replay.ts')
    await replayRecords(files, flags, ports)
  })

  const step = program
    .command('step')
    .argument('[file]', 'a capture file; without one, a ledger is read')
    .description('walk through a record: each event, what it changed, and what was decided, and why')
    .option('--at <moment>', 'begin behind this position or time; by default where the record begins')
    .option('--count <count>', 'how many positions', '1')
    .option('--back', 'walk backward')
  withRecord(withFormat(step)).action(async (file: string | undefined, flags: StepFlags) => {
    const { stepThrough } = await import('../replay/step.ts')
    await stepThrough(file, flags, ports)
  })

  const bisect = program
    .command('bisect')
    .argument('[file]', 'a capture file; without one, a ledger is read')
    .description('find the first event after which a condition holds')
    .requiredOption('--when <condition>', 'a condition in CEL (see below)')
    .addHelpText('after', conditionHelp)
  withWindow(withRecord(withFormat(bisect))).action(async (file: string | undefined, flags: BisectFlags) => {
    const { bisectRecord } = await import('../replay/bisect.ts')
    await bisectRecord(file, flags, ports)
  })

  const capture = program
    .command('capture')
    .argument('[file]', 'a capture file to take a part of; without one, a ledger is read')
    .description('take a part of a record out as a file that replays anywhere, with nothing else running')
    .requiredOption('-o, --output <file>', 'the file to write, for example incident.rcl')
    .option('--around <what>', 'pod/[NAMESPACE/]NAME, daemonset/[NAMESPACE/]NAME, node/NAME, or a time')
    .option('--window <duration>', 'with --around: how long before and after', '10m')
    .option('--about <words>', 'what it is for, kept in the file')
    .option('--keep-people', 'keep names and addresses of people, which no replay needs')
    .option('--keep-answers', 'keep what API servers said of commands: they quote values that they refuse')
    .addHelpText('after', captureHelp)
  withWindow(withRecord(capture)).action(async (file: string | undefined, flags: CaptureFlags) => {
    const { capture: take } = await import('../replay/capture.ts')
    await take(file, flags, ports)
  })
}

export const withFormat = (command: Command, formats: readonly string[] = ['table', 'json', 'yaml']): Command =>
  command.addOption(new Option('-o, --output <format>', 'how it is shown').choices(formats).default('table'))

/** Whose ledger is read when no file is given: {@link RecordOptions}. */
export const withRecord = (command: Command): Command =>
  command
    .option('--database <url>', 'the Postgres that holds the ledger (else that of a running rollcall up)')
    .option('--cluster <name>', 'whose ledger')
    .option('--data <dir>', 'data folder of the rollcall up to read (else $ROLLCALL_DATA)')
    .option('--archive <place>', 'a folder or s3://BUCKET/PREFIX: what rollcall archive has taken out of the database')

const withWindow = (command: Command): Command =>
  command
    .option(
      '--from <moment>',
      'only what was recorded behind this position or time: 1200, 10m (ago), 2026-11-24T14:03:21Z',
    )
    .option('--to <moment>', 'only what was recorded up to this position or time')

const coreWords = 'decide with another core: a folder of a packages/daemonset, or a git ref of the checkout here'

/** `rollcall whatif` */
export function addWhatIf(program: Command, ports: Ports): void {
  const whatIf = program
    .command('whatif')
    .argument('[file]', 'a capture file; without one, a ledger is read')
    .description('decide anew with something changed, simulating what the cluster would have answered, and compare')
    .option('--from <moment>', 'what is changed is so from here on; by default the end, or before a dropped event')
    .option('--to <moment>', 'compared up to here; by default until nothing more goes on')
    .addOption(repeatable('--daemonset <file>', 'a manifest: the DaemonSet is like this'))
    .addOption(repeatable('--label <node=label=value>', 'a node has this label; NODE=LABEL- takes it away'))
    .addOption(repeatable('--taint <node=key=value:effect>', 'a node has this taint; NODE=KEY:EFFECT- takes it away'))
    .addOption(repeatable('--drop-event <position>', 'what this event told did not happen'))
    .option('--core <path>', coreWords)
    .addHelpText('after', whatIfHelp)
  withRecord(withFormat(whatIf)).action(async (file: string | undefined, flags: WhatIfFlags) => {
    const { tellWhatIf } = await import('../replay/whatif.ts')
    await tellWhatIf(file, flags, ports)
  })
}

const whatIfHelp = `
What came from outside happens again as recorded: nodes and their changes, edits of DaemonSets, failures and deletions of pods by
others. What the cluster answered is simulated, and takes as long as the record shows that it takes. How good that is, is told:
the same simulation with nothing changed is compared with the record.

Examples:
  rollcall whatif --daemonset new.yaml
  rollcall whatif --from 2h --daemonset slower.yaml
  rollcall whatif --from @1200 --label n17=disk=ssd --taint n18=gpu=true:NoSchedule
  rollcall whatif incident.rcl --drop-event 1204`

const conditionHelp = `
A condition is CEL over what was known at a position:
  daemonset("ns/name")          .ready .desired .available .unavailable .updated .current .misscheduled
                                .images .revision .generation .deleting
  node("name")                  .ready .unschedulable .taints .labels
  podsOf("ns/daemonset")        its pods: .name .namespace .node .phase .ready .deleting .revision .daemonSet
  podsOf("ns/daemonset", "node")  podsOn("node")
  hasDaemonset("ns/name")  hasNode("name")  hasPod("ns/name")
  nodes, pods, daemonsets       lists of all
  position, time, cluster, mode
What asks about a DaemonSet or node that is not there does not hold.

Examples:
  rollcall bisect --when 'daemonset("logging/fluentd").ready < daemonset("logging/fluentd").desired'
  rollcall bisect incident.rcl --when 'podsOf("logging/fluentd", "n17").size() == 0'
  rollcall bisect --from 10m --when 'nodes.exists(n, !n.ready)'`

const captureHelp = `
What is in a capture: the state before its window, then every event and decision: names, labels and taints of nodes, names and
labels of pods, images, the rollcall.dev/ annotations that are understood, and digests of templates. Everything else is left out:
no manifests, no environment values, no names or addresses of people, none of the words of API servers.

Examples:
  rollcall capture --around pod/logging/fluentd-x2c4v --window 10m -o incident.rcl
  rollcall capture --from 1200 --to 1300 -o window.rcl
  rollcall replay --assert incident.rcl`
