import type { ProblemCode } from '@rollcall/contracts/api'

/** How the command ends. The numbers are documented in `--help` and the README. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  incomplete: 6,
  differs: 7,
  altered: 8,
  interrupted: 130,
} as const
export type ExitName = keyof typeof exitCodes

/** One line each, for `--help`. */
export const exitCodeTexts: { readonly [name in ExitName]: string } = {
  ok: 'done',
  failed: 'failed for another reason, which is said',
  usage: 'wrong command line or configuration',
  notFound: 'no such cluster, node, DaemonSet or pod on record',
  unreachable: 'the server does not answer, or no server is known',
  refused: 'the server refused it: token or rights',
  incomplete: 'not over in time: up --once the roll call, release what had been asked for before',
  differs: 'replay --assert: this version decides otherwise than was recorded',
  altered: 'verify: the ledger, or what follows from it, is not as it was written',
  interrupted: 'ended at once by a second Ctrl-C',
}

/** A sentence that says what was wrong and where, and the mend. Never shown with a stack. */
export class CliError extends Error {
  readonly exit: ExitName
  /** What to do about it; null when nobody can know. */
  readonly mend: string | null
  /** What the API called it; null: it did not come from there. */
  readonly problem: ProblemCode | null
  constructor(
    exit: ExitName,
    what: string,
    mend: string | null = null,
    options: ErrorOptions & { readonly problem?: ProblemCode } = {},
  ) {
    super(what, options)
    this.name = 'CliError'
    this.exit = exit
    this.mend = mend
    this.problem = options.problem ?? null
  }
}
