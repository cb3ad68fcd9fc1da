/** Old parts of the ledger, and its checkpoints, outside the database: written, proved, read. */
export { anchorPlace, newestAnchors } from './anchors.ts'
export { type Archived, archivePartition, isArchived } from './archive-partition.ts'
export { type Archive, openArchive } from './open-archive.ts'
export { openPlace, type Place } from './place.ts'
