/** Why the embedded mode does not start, or ended. */
export type EmbeddedErrorCode =
  /** Another process runs on this data folder. */
  | 'folder-held'
  /** The folder holds something else, or was written by another version. */
  | 'folder-foreign'
  | 'folder-version'
  /** Another owner, or no right to write. */
  | 'folder-access'
  | 'disk-full'
  | 'port-in-use'
  | 'port-refused'
  /** A kubeconfig, context or cluster name that is not there, or cannot be used. */
  | 'cluster'
  | 'postgres'
  | 'stopped'
  | 'failed'

/** A sentence that says what was wrong and where, and the mend. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode
  /** What to do about it; null when nobody can know. */
  readonly mend: string | null
  constructor(code: EmbeddedErrorCode, what: string, mend: string | null, options?: ErrorOptions) {
    super(mend === null ? what : `${what}: ${mend}`, options)
    this.name = 'EmbeddedError'
    this.code = code
    this.mend = mend
  }
}
