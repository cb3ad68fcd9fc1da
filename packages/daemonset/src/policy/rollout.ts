import type { LabelSelector } from '@rollcall/contracts'
import { annotation } from './annotation.ts'
import { choice, duration, flag, labelKey, selector, share, wholeNumber } from './values.ts'

/** What can be asked of rolling updates. */
export const rolloutAnnotations = {
  paused: annotation({
    name: 'paused',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'No pod of an older template is replaced. A pod that has to be created meanwhile (a node joins, a pod fails) is made from the newest older template that pods still have. `false`, or removing it, resumes.',
    nonsense: 'holdsRollout',
  }),
  canary: annotation<number | string | null>({
    name: 'canary',
    form: share,
    absent: null,
    example: '5%',
    meaning:
      'At most so many nodes get the present template; the others keep theirs, also when their pod has to be made again. Raise it, or remove it, to go on.',
    nonsense: 'holdsRollout',
  }),
  canaryNodes: annotation<LabelSelector | null>({
    name: 'canary-nodes',
    form: selector,
    absent: null,
    example: 'pool=canary',
    meaning: 'Only nodes that match get the present template; the others keep theirs. Remove it to go on.',
    nonsense: 'holdsRollout',
  }),
  partition: annotation<number | string | null>({
    name: 'partition',
    form: share,
    absent: null,
    example: '90%',
    meaning: 'So many nodes keep their older template: the same as `canary`, counted from the other end.',
    nonsense: 'holdsRollout',
  }),
  rolloutOrder: annotation<string | null>({
    name: 'rollout-order',
    form: labelKey,
    absent: null,
    example: 'topology.kubernetes.io/zone',
    meaning:
      'Nodes are updated group by group: those with the same value of this label together, groups by that value, within a group by node name. The next group begins when every node of those before it has an available pod of the present template, and `rollout-soak` has passed.',
    nonsense: 'holdsRollout',
  }),
  rolloutBatch: annotation<number | string | null>({
    name: 'rollout-batch',
    form: share,
    absent: null,
    example: '10%',
    meaning:
      'Nodes are updated in batches of this size (within a group of `rollout-order`, if there is one). The next batch begins when every pod of the present template is available, and `rollout-soak` has passed.',
    nonsense: 'holdsRollout',
  }),
  rolloutSoak: annotation({
    name: 'rollout-soak',
    form: duration,
    absent: 0,
    example: '10m',
    meaning: 'How long the rollout waits behind each batch of `rollout-batch` and each group of `rollout-order`.',
    nonsense: 'holdsRollout',
  }),
  strictMaxUnavailable: annotation({
    name: 'strict-max-unavailable',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      '`maxUnavailable` also limits the replacement of pods that are not available: at most so many nodes are under way at a time. Without this, all pods of older templates that are not available are deleted at once (k/k#111073).',
    nonsense: 'holdsRollout',
  }),
  replacementInterval: annotation<number | null>({
    name: 'replacement-interval',
    form: duration,
    absent: null,
    example: '30s',
    meaning: 'The rollout replaces one pod at a time, with at least this time between two.',
    nonsense: 'holdsRollout',
  }),
  unhealthyNodes: annotation<'ignore' | null>({
    name: 'unhealthy-nodes',
    form: choice('ignore'),
    absent: null,
    example: 'ignore',
    meaning:
      'Nodes that are not Ready, and were not when the rollout would have reached them, are left out of it: they spend nothing of `maxUnavailable`, and their turn comes when they are Ready again. A node that is lost within 10 min after the rollout gave it its new pod stops the rollout: the pod may have killed it. It goes on when the node is Ready again or gone, when no more than `lost-nodes-max` are lost so, or when `resume` names the revision. One that is lost later than that is left out like the others. Without this, every node that is not Ready counts, and more of them than `maxUnavailable` stop every rollout (k/k#117204).',
    nonsense: 'asAbsent',
  }),
  lostNodesMax: annotation<number | string>({
    name: 'lost-nodes-max',
    form: share,
    absent: 0,
    example: '1%',
    meaning:
      'With `unhealthy-nodes`: so many nodes may be lost within 10 min after they got their new pods, and the rollout goes on; the first one stops it if this is absent. In a large fleet nodes are lost every hour, whatever is rolled out.',
    nonsense: 'asAbsent',
  }),
  autoPause: annotation({
    name: 'auto-pause',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'The rollout pauses itself when a container of a new pod is in a crash loop, its image cannot be pulled, or it cannot be created. A crash loop: it ended with an error, is not ready, and has restarted twice since the pod was created, or as often as `auto-pause-restarts` says. So one crash is none, and neither is a node that starts again. The rollout goes on when the template changes, or `resume` names the revision.',
    nonsense: 'holdsRollout',
  }),
  autoPauseRestarts: annotation<number | null>({
    name: 'auto-pause-restarts',
    form: wholeNumber(1),
    absent: null,
    example: '3',
    meaning:
      'The rollout pauses itself when a container of a new pod has restarted so often, for whatever reason and however it is now. With `auto-pause`, a crash loop begins there, too. Restarts are told apart as 1, 2, 3, 5, 10, 20, 50, 100.',
    nonsense: 'holdsRollout',
  }),
  autoPauseNotReady: annotation<number | null>({
    name: 'auto-pause-not-ready',
    form: duration,
    absent: null,
    example: '10m',
    meaning: 'The rollout pauses itself when a new pod is not ready so long after it was created.',
    nonsense: 'holdsRollout',
  }),
  autoPauseNodes: annotation<number | string>({
    name: 'auto-pause-nodes',
    form: share,
    absent: 1,
    example: '2%',
    meaning: 'On how many nodes new pods must be in trouble before the rollout pauses itself; one if this is absent.',
    nonsense: 'asAbsent',
  }),
  autoRollback: annotation({
    name: 'auto-rollback',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'When the rollout pauses itself, the DaemonSet is given the template of its newest earlier revision again whose own rollout did not pause itself, as `kubectl rollout undo` does: its spec is changed in the cluster, which whoever keeps it elsewhere (GitOps) has to know. A revision that was rolled back to is not rolled back from. Needs the right `patch daemonsets`.',
    nonsense: 'asAbsent',
  }),
  resume: annotation<string | null>({
    name: 'resume',
    form: { words: 'the hash of a revision', read: text => (/^[a-z0-9]{1,63}$/.test(text) ? text : undefined) },
    absent: null,
    example: '5d8f7c9b6',
    meaning:
      'The rollout of the revision with this `controller-revision-hash` goes on although it had paused itself, or nodes were lost, and neither stops it again.',
    nonsense: 'asAbsent',
  }),
} as const
