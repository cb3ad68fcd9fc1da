import type { CommandOf, CommandType } from '@rollcall/contracts'
import type { Calls } from '../flow/calls.ts'
import type { DaemonSetRef } from '../kube-objects.ts'
import type { RevisionTemplates } from '../pod/revision-templates.ts'
import type { LiveDaemonSets } from './live-daemonsets.ts'
import type { Settlement } from './settlement.ts'

/** A Kubernetes Event on a DaemonSet, before shaping. */
export type Notice = {
  readonly daemonSet: DaemonSetRef
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** The command it is about: makes the Event's name, so that telling it twice is telling it once. */
  readonly commandId: string
}

/** What the commands of one cluster work with. */
export type Tools = {
  readonly calls: Calls
  readonly templates: RevisionTemplates
  readonly liveDaemonSets: LiveDaemonSets
  /** Records a Kubernetes Event, some time later; never waits, never fails. */
  tell(notice: Notice): void
}

/**
 * Does one command once. Resolves with what became of it; rejects with the API's error when that has no meaning special
 * to the command (`judge` then says whether to try again), and with the signal's reason when it was aborted.
 */
export type Apply<T extends CommandType> = (
  command: CommandOf<T>,
  tools: Tools,
  signal: AbortSignal,
) => Promise<Settlement>
