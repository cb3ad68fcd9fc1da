/**
 * What the writer may do with each table, beside reading it; the reader may read all of them. Every table stands here, a
 * test holds it. Nobody but the owner may delete from the record or change it.
 *
 * - **The record**: `ledger` (events and decision points, chained) and `dead_letters` (records of the log that could not be
 *   read), and the signed `checkpoints` with the keys' public halves. They are only added to.
 * - **Projections**: the ledger tells them again. Decisions are never changed; of a command only what became of it. Dropping
 *   and rebuilding them is the owner's.
 * - **Archives**: which stretches of the ledger lie elsewhere. Only the owner, who takes them away, writes it.
 * - **What passes**: ends of streams, ownership, snapshots, where watchers resume.
 */
export const writerRights = {
  ledger: ['insert'],
  dead_letters: ['insert'],
  checkpoints: ['insert'],
  checkpoint_keys: ['insert'],
  archives: [],

  decisions: ['insert'],
  commands: [
    'insert',
    'update (published_at, settled_position, settled_at, settled_result, settled_attempts, settled_answer)',
  ],
  placements: ['insert', 'update'],
  nodes: ['insert', 'update'],
  daemonsets: ['insert', 'update'],
  revisions: ['insert', 'update'],
  intents: ['insert'],
  attributions: ['insert'],
  holds: ['insert', 'update'],

  streams: ['insert', 'update'],
  partition_owners: ['insert', 'update'],
  snapshots: ['insert', 'update', 'delete'],
  watch_positions: ['insert', 'update', 'delete'],
  schema_version: [],
} as const satisfies { readonly [table: string]: readonly string[] }
