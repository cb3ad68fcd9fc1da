export type StartFailure = {
  readonly code: 'exited' | 'not-ready' | 'port-in-use' | 'tool-missing' | 'build-failed' | 'refused'
  /** A sentence: what failed. */
  readonly what: string
  readonly logFile?: string | undefined
  readonly lastLines?: readonly string[]
  /** How to mend it, where that is known. */
  readonly mend?: string | undefined
  readonly cause?: unknown
}

/** A part that could not be built or started: what failed, the last lines of its log, and the mend. */
export class StartError extends Error {
  readonly code: StartFailure['code']
  /** What failed, without the rest. */
  readonly what: string
  readonly logFile: string | null
  readonly lastLines: readonly string[]
  readonly mend: string | null

  constructor(failure: StartFailure) {
    super(sentence(failure), failure.cause === undefined ? {} : { cause: failure.cause })
    this.name = 'StartError'
    this.code = failure.code
    this.what = failure.what
    this.logFile = failure.logFile ?? null
    this.lastLines = failure.lastLines ?? []
    this.mend = failure.mend ?? null
  }
}

function sentence({ what, mend, logFile, lastLines = [] }: StartFailure): string {
  const head = mend === undefined ? what : `${what}. ${mend}`
  if (logFile === undefined) return head
  if (lastLines.length === 0) return `${head}\nIts log ${logFile} is empty`
  return `${head}\nThe last lines of ${logFile}:\n${lastLines.map(line => `  | ${line}`).join('\n')}`
}
