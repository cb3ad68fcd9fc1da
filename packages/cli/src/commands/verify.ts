import { type Command, Option } from 'commander'
import { listFormats } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import type { CheckpointFlags } from '../verify/list-checkpoints.ts'
import type { LedgerFlags } from '../verify/open-ledgers.ts'
import type { VerifyFlags } from '../verify/verify.ts'
import { repeatable } from './shared-options.ts'

export function addVerify(program: Command, ports: Ports): void {
  program
    .command('verify')
    .description('prove that the ledger is as it was written: chain and signed checkpoints, row by row')
    .option('--database <url>', 'the Postgres that holds the ledger (else that of a running rollcall up)')
    .option('--archive <place>', 'looks also into this archive; alone, without a database, only there')
    .addOption(repeatable('--cluster <name>', 'only the ledger of this cluster'))
    .option('--data <dir>', 'data folder of the rollcall up to read (else $ROLLCALL_DATA)')
    .option('--from <moment>', 'from this position or time on: 1200, 10m (ago), 2026-11-24T14:03:21Z')
    .option('--to <moment>', 'up to this position or time')
    .addOption(repeatable('--public-key <file>', 'Ed25519 public key (PEM) whose checkpoints are trusted'))
    .addOption(
      repeatable(
        '--anchor <place>',
        'file, folder or s3://… of checkpoints kept outside the database, which it must still lead to',
      ),
    )
    .option('--projections', 'also rebuild the projections from the ledger, and compare')
    .addOption(
      new Option('-o, --output <format>', 'how it is shown').choices(['table', 'json', 'yaml']).default('table'),
    )
    .addHelpText('after', verifyHelp)
    .action(async (flags: VerifyFlags) => {
      const { verifyLedgers } = await import('../verify/verify.ts')
      await verifyLedgers(flags, ports)
    })
}

export function addRepair(program: Command, ports: Ports): void {
  program
    .command('repair')
    .description('write the projections again from the ledger, when verify --projections finds them wrong')
    .option('--database <url>', 'the Postgres that holds the ledger, as the owner (else that of a running rollcall up)')
    .option('--archive <place>', 'where rows are that were archived')
    .addOption(repeatable('--cluster <name>', 'only those of this cluster'))
    .option('--data <dir>', 'data folder of the rollcall up that is meant (else $ROLLCALL_DATA)')
    .addHelpText('after', repairHelp)
    .action(async (flags: LedgerFlags) => {
      const { repairProjections } = await import('../verify/repair.ts')
      await repairProjections(flags, ports)
    })
}

const repairHelp = `
Refuses when the ledger itself is not as it was written (exit code 8). One transaction for each cluster: readers see the old rows until
the new ones are there, an interrupted run has changed nothing, and the next begins with that cluster again. Commits of the cluster
wait meanwhile, as long as a replay takes: before repairing a large one, stop its reconciler.

Examples:
  rollcall repair --cluster east
  rollcall repair --database postgres://owner@… --archive /mnt/ledger`

export function addCheckpoints(program: Command, ports: Ports): void {
  program
    .command('checkpoints')
    .description('show where the chains stood when they were last signed: to be kept outside the database')
    .option('--database <url>', 'the Postgres that holds the ledger (else that of a running rollcall up)')
    .addOption(repeatable('--cluster <name>', 'only those of this cluster'))
    .option('--data <dir>', 'data folder of the rollcall up to read (else $ROLLCALL_DATA)')
    .option('--all', 'all of them, not only the newest of each cluster, which vouches for all before it')
    .addOption(new Option('-o, --output <format>', 'how it is shown').choices(listFormats).default('table'))
    .addHelpText('after', checkpointsHelp)
    .action(async (flags: CheckpointFlags) => {
      const { listCheckpoints } = await import('../verify/list-checkpoints.ts')
      await listCheckpoints(flags, ports)
    })
}

const checkpointsHelp = `
A ledger that is cut off together with its checkpoints agrees with itself. Keep what this prints where the database's owner cannot
change it, and hold the ledger against it later.

Examples:
  rollcall checkpoints -o json > anchors-2026-11-25.json
  rollcall verify --anchor anchors-2026-11-25.json --public-key checkpoint-key.pub`

const verifyHelp = `
Finds the first row that was altered, is missing, or stands elsewhere, and ends with exit code 8 then. Without --public-key the
keys are those that the database names (of a running rollcall up: that of its data folder), which proves nothing against whoever
could rewrite the database. --projections folds the whole ledger into temporary tables: it takes as long as a replay, and as
much room as they have. See docs/ledger.md.

Examples:
  rollcall verify
  rollcall verify --database postgres://… --cluster east --public-key checkpoint-key.pub
  rollcall verify --from 1d -o json
  rollcall verify --projections
  rollcall verify --anchor anchors-2026-11-25.json --public-key checkpoint-key.pub
  rollcall verify --anchor s3://audit/rollcall --public-key checkpoint-key.pub
  rollcall verify --archive /mnt/ledger --public-key checkpoint-key.pub`
