/**
 * The record and the core contradict each other: the stream stands still until somebody looks. Says which stream, where,
 * and what to do.
 */
export class BrokenStreamError extends Error {
  readonly code = 'broken-stream'
  readonly cluster: string
  readonly position: number
  constructor(cluster: string, position: number, what: string, options?: ErrorOptions) {
    super(
      `stream ${cluster} at position ${position}: ${what}. Nothing of it is lost; run the version that wrote it, or report this`,
      options,
    )
    this.name = 'BrokenStreamError'
    this.cluster = cluster
    this.position = position
  }
}

/** Folding one event threw: the event is set aside, and the stream starts over from the store without it. */
export class FoldError extends Error {
  readonly code = 'fold-failed'
  readonly cluster: string
  readonly offset: bigint
  constructor(cluster: string, offset: bigint, options: ErrorOptions) {
    super(`the event of ${cluster} at offset ${offset} could not be folded: ${String(options.cause)}`, options)
    this.name = 'FoldError'
    this.cluster = cluster
    this.offset = offset
  }
}

/** Deciding threw: the stream goes on being recorded, and is decided again later. */
export class DecisionError extends Error {
  readonly code = 'undecidable'
  readonly cluster: string
  constructor(cluster: string, position: number, options: ErrorOptions) {
    super(`stream ${cluster} cannot be decided at position ${position}: ${String(options.cause)}`, options)
    this.name = 'DecisionError'
    this.cluster = cluster
  }
}
