/** Says what is wrong with a record, a question or a capture file, and the mend. */
export class ReplayError extends Error {
  readonly code:
    | 'nothing-on-record'
    /** The moment lies before what the record (or the capture) holds. */
    | 'before-record'
    | 'beyond-record'
    /** The record cannot be folded: by this core, or by any. */
    | 'broken-record'
    /** The snapshot at its beginning is of a format that this core does not know. */
    | 'unknown-snapshot'
    | 'bad-condition'
    /** Of a what-if: what is to be changed cannot be changed. */
    | 'bad-change'
    /** What `--core` names is none, or one that does not fit. */
    | 'bad-core'
    | 'not-found'
    | 'not-a-capture'
    | 'damaged-capture'
    | 'future-capture'
    | 'too-large'
  constructor(code: ReplayError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ReplayError'
    this.code = code
  }
}
