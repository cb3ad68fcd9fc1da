import { type Command, Option } from 'commander'
import type { ArchiveFlags } from '../archive/archive.ts'
import type { Ports } from '../ports.ts'

/** Taking old parts of the ledger out of the database. */
export function addArchive(program: Command, ports: Ports): void {
  program
    .command('archive')
    .description('write old partitions of the ledger as Parquet, proved, and take them out of the database')
    .requiredOption('--before <time>', 'partitions that end before it: 90d (ago), 2026-11-24')
    .requiredOption('--to <place>', 'a folder, or s3://BUCKET/PREFIX[?endpoint=URL&region=REGION]')
    .option('--drop', 'drop what is archived from the database')
    .option('--database <url>', 'the Postgres that holds the ledger, as the owner (else that of a running rollcall up)')
    .option('--data <dir>', 'data folder of the rollcall up whose ledger is meant (else $ROLLCALL_DATA)')
    .addOption(
      new Option('-o, --output <format>', 'how it is shown').choices(['table', 'json', 'yaml']).default('table'),
    )
    .addHelpText('after', archiveHelp)
    .action(async (flags: ArchiveFlags) => {
      const { archiveLedger } = await import('../archive/archive.ts')
      await archiveLedger(flags, ports)
    })
}

const archiveHelp = `
Each partition is written, read back, and held against the hash chain and the signed checkpoints before it is on record as
archived; only then is it dropped. An interrupted run is made good by the next. See docs/ledger.md.

Examples:
  rollcall archive --before 90d --to /mnt/ledger
  rollcall archive --before 90d --to s3://audit/rollcall --drop --database postgres://owner@…
  rollcall verify --archive /mnt/ledger --public-key checkpoint-key.pub`
