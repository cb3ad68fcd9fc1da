import {
  type DaemonSetChange,
  daemonSet,
  foreignUid,
  type NodeChange,
  node,
  onDelete,
  ownedBy,
  pod,
  rolling,
} from '../objects.ts'
import { given, type Story, settles } from '../scenario.ts'

export type Verdict = {
  readonly template?: DaemonSetChange
  readonly node?: NodeChange
  readonly nodeName?: string
  readonly besides?: 'a foreign pod'
  readonly runs: boolean
  readonly continues: boolean
}

/**
 * The pair (shouldRun, shouldContinueRunning) of spec §2, as it can be seen from outside: whether the bare node gets a
 * pod, and whether a pod that is there already may stay and how it counts.
 */
export function verdict(id: string, says: string, what: Verdict): Story[] {
  const { template = {}, nodeName = 'node-1', besides, runs, continues } = what
  const foreign = { owner: ownedBy('other', foreignUid), labels: { app: 'other' }, generation: null }
  const objects = [
    daemonSet({ strategy: onDelete, ...template }),
    node(nodeName, what.node),
    ...(besides ? [pod('other', nodeName, foreign)] : []),
  ]
  return [
    {
      id,
      says,
      variant: 'shouldRun',
      steps: [
        given(...objects),
        settles({ pods: runs ? [1, 0] : [0, 0], status: { desiredNumberScheduled: runs ? 1 : 0 } }),
      ],
    },
    {
      id,
      says,
      variant: 'shouldContinue',
      steps: [
        given(...objects, pod('runs', nodeName)),
        settles({
          pods: continues ? [0, 0] : [0, 1],
          status: {
            currentNumberScheduled: runs ? 1 : 0,
            numberMisscheduled: continues && !runs ? 1 : 0,
          },
        }),
      ],
    },
  ]
}

/** The verdict with both strategies, for a line marked ×2. */
export function verdictTwice(id: string, says: string, what: Verdict): Story[] {
  return [onDelete, rolling(1)].flatMap(strategy =>
    verdict(id, says, { ...what, template: { ...what.template, strategy } }).map(one => ({
      ...one,
      variant: `${strategy.type}, ${one.variant}`,
    })),
  )
}
