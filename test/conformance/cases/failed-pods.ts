import { daemonSet, nodes, podsOn } from '../objects.ts'
import { type Case, given, pass, phase, settles } from '../scenario.ts'
import { twice } from './twice.ts'

const failed = { phase: 'Failed' }

/** Spec §9.1 U33, U34: failed pods. */
export const failedPods: readonly Case[] = [
  ...twice('U33a', 'one good pod', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1)),
    settles({ pods: [0, 0], events: [], status: { observedGeneration: 1, currentNumberScheduled: 1 } }),
  ]),
  ...twice('U33b', 'no pod', strategy => [
    given(daemonSet({ strategy }), ...nodes(1)),
    settles({ pods: [1, 0], events: [] }),
  ]),
  ...twice('U33c', 'one failed pod: deleted with an event, then replaced', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed)),
    settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'], gone: ['pod-node-0-0'] }),
  ]),
  ...twice('U33d', 'a failed pod and three good ones', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed, 'bad'), ...podsOn('node-0', 3)),
    settles({ pods: [0, 3], events: ['Warning FailedDaemonPod'], stay: ['pod-node-0-0'] }),
  ]),
  ...twice(
    'U34',
    'on the same node the next failed pod waits for the back-off: 1 s, to the last millisecond; then 2 s',
    strategy => [
      given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed)),
      settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'] }),
      phase({}, 'Failed'),
      settles({ pods: [0, 0], events: [] }),
      pass(0.999),
      settles([0, 0]),
      pass(0.001),
      settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'] }),
      phase({}, 'Failed'),
      pass(1.999),
      settles([0, 0]),
      pass(0.001),
      settles([1, 1]),
    ],
  ),
]
