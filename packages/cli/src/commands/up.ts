import { type Command, Option } from 'commander'
import type { Ports } from '../ports.ts'
import type { UpFlags } from '../up/options.ts'
import { repeatable } from './shared-options.ts'

export function addUp(program: Command, ports: Ports): void {
  program
    .command('up')
    .description('run everything in one process: with simulated clusters to play with, or with clusters of yours')
    .option('--scenario <name>', 'play a story in the simulated clusters; "list" shows the stories')
    .addOption(repeatable('--kubeconfig <file>', 'attend to the clusters of this kubeconfig instead'))
    .addOption(repeatable('--context <name>', 'only this context of the kubeconfig'))
    .addOption(
      new Option(
        '--observe',
        'only watch, record, and say what Rollcall would do: the default for clusters of yours',
      ).conflicts('control'),
    )
    .addOption(
      new Option('--control', 'act as their DaemonSet controller: the default for simulated clusters').conflicts(
        'observe',
      ),
    )
    .option('--no-guard', 'never hold deletions of many pods at once (see rollcall holds)')
    .option(
      '--creation-rate <rate>',
      'create at most so many pods in a time in each cluster, such as 10/s or 500/h (else as many as are wanted)',
    )
    .option('--data <dir>', 'where everything is kept (else $ROLLCALL_DATA, or $XDG_DATA_HOME/rollcall)')
    .option('--ephemeral', 'keep nothing')
    .option('--port <port>', 'port of the API; 0: any that is free', '0')
    .option('--no-example', 'do not apply the example DaemonSet')
    .option('--once', 'end as soon as the roll call is complete (for scripts)')
    .option('--timeout <seconds>', 'with --once: how long that may take', '120')
    .addHelpText(
      'after',
      `
Examples:
  rollcall up                                            three simulated clusters
  rollcall up --scenario list                            the stories that can be played
  rollcall up --kubeconfig ~/.kube/config --observe      watch clusters of yours, and change nothing
  rollcall up --kubeconfig FILE --context prod --control be the DaemonSet controller of one`,
    )
    .action(async (flags: UpFlags) => {
      const { up } = await import('../up/up.ts')
      await up(flags, ports)
    })
}
