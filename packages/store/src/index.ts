/** The store: ports, and their adapters. */
export type { LedgerArchive, LedgerRow } from './archive/ledger-archive.ts'
export {
  createPostgresArchiver,
  type LedgerPartition,
  type PartitionStream,
  type PostgresArchiver,
} from './archive/postgres-archiver.ts'
export { verifyArchive, verifyStretch } from './archive/verify-archive.ts'
export * from './audit/audit-store.ts'
export { createPostgresAuditStore, type PostgresAuditOptions } from './audit/postgres-audit-store.ts'
export { createPostgresShadowStore, type OpenDecision, type ShadowStore } from './audit/shadow-store.ts'
export { type AnchorJson, type Anchors, anchorJson, anchorLine, readAnchors } from './checkpoints/anchors.ts'
export type { Checkpoint } from './checkpoints/checkpoint.ts'
export {
  type CheckpointKey,
  type CheckpointSigner,
  checkpointKey,
  checkpointSigner,
  newCheckpointKey,
} from './checkpoints/keys.ts'
export { isBehind, type LedgerRowPlace } from './ledger/row-place.ts'
export type { LedgerSubject } from './ledger/subjects.ts'
export {
  createMemoryStore,
  createMemoryTables,
  type MemoryStore,
  type MemoryStoreOptions,
  type MemoryTables,
} from './memory/memory-store.ts'
export { type MigrateOptions, type MigrateResult, migrate } from './migrate.ts'
export type { CompareOptions, ProjectionsReport } from './postgres/compare-projections.ts'
export type { PostgresStoreOptions } from './postgres/options.ts'
export { createPostgresStore, type PostgresStore } from './postgres/postgres-store.ts'
export { textOf as ledgerText } from './postgres/read-ledger.ts'
export type { VerifyLedgerOptions } from './postgres/verify-ledger.ts'
export { noRole, readerRole, writerRole } from './rights/roles.ts'
export type { ProjectionDifference } from './sql/rebuilt-projections.ts'
export type * from './store.ts'
export { BrokenInvariantError, isUnreachable, StaleOwnerError, StoreError } from './store.ts'
export type { ChainReport, CheckpointReport } from './verify-chain.ts'
