import { at, hashLabel, isReady, isTerminal, isTerminating, type Manifest, nodeOf } from '../manifest.ts'
import { daemonSet, nodes, surging } from '../objects.ts'
import { Random } from '../oracle/random.ts'
import {
  always,
  getReady,
  given,
  pass,
  patchPods,
  put,
  removePods,
  type Step,
  type Story,
  settles,
  story,
  type That,
} from '../scenario.ts'
import type { View } from '../world.ts'

const count = 10
const names = Array.from({ length: count }, (_, index) => `node-${index}`)
const unready = { status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '@now' }] } }
const change = { strategy: surging('20%'), minReadySeconds: 10 }

const versions = ({ pods }: View) => new Set(pods.map(versionOf))
const versionOf = ({ metadata }: Manifest) => metadata.labels?.[hashLabel] ?? ''
/** The most pods of one version on one node. */
const most = (of: (pod: Manifest) => boolean) => (view: View) =>
  Math.max(
    0,
    ...[...versions(view)].flatMap(version =>
      names.map(name => view.pods.filter(pod => nodeOf(pod) === name && versionOf(pod) === version && of(pod)).length),
    ),
  )

const invariants: readonly That[] = [
  [
    'at most one live pod of a version on a node',
    view => most(pod => !isTerminating(pod) && !isTerminal(pod))(view) <= 1,
    true,
  ],
  ['at most two terminating pods of a version on a node', view => most(isTerminating)(view) <= 2, true],
  ['at most two pods of a version on a node', view => most(() => true)(view) <= 2, true],
  ['at most two versions', view => versions(view).size <= 2, true],
]

/** Spec §9.8 E08: an update with surge, while pods are deleted and fail their readiness by chance. */
export function stormyUpdate(): Story {
  const random = new Random(8)
  const rounds = Array.from({ length: 40 }, (): Step[] => [
    random.oneIn(3) ? removePods({ on: [random.pick(names)] }) : patchPods({ on: [random.pick(names)] }, unready),
    getReady({ on: names.filter(() => !random.oneIn(4)) }),
    pass(1 + random.below(5)),
  ]).flat()
  const calm = Array.from({ length: count }, (): Step[] => [getReady(), pass(11)]).flat()
  return always(
    invariants,
    story(
      'E08',
      'surge with random deletions and readiness failures: the invariants hold at every moment',
      given(daemonSet(change), ...nodes(count)),
      settles({ pods: [count, 0], revisions: [1] }),
      getReady(),
      pass(11),
      put(daemonSet({ ...change, image: 'foo/2' })),
      ...rounds,
      ...calm,
      settles({
        on: names,
        revisions: [1, 2],
        status: { updatedNumberScheduled: count, numberReady: count, numberAvailable: count },
        that: [
          ['ready pods', ({ pods }) => pods.filter(isReady).length, count],
          ['images', ({ pods }) => [...new Set(pods.map(pod => at(pod.spec, 'containers', 0, 'image')))], ['foo/2']],
        ],
      }),
    ),
  )
}
