import { isReady, type Manifest } from '../manifest.ts'
import { type DaemonSetChange, daemonSet, nodes } from '../objects.ts'
import { getReady, given, put, type Step, settles } from '../scenario.ts'
import type { View } from '../world.ts'

/** A DaemonSet on so many nodes, all of its pods ready. */
export const running = (count: number, change: DaemonSetChange = {}): Step[] => [
  given(daemonSet(change), ...nodes(count)),
  settles([count, 0]),
  getReady(),
  settles([0, 0]),
]
export const update = (image: string, change: DaemonSetChange = {}): Step => put(daemonSet({ image, ...change }))

const ready = ({ pods }: View) => names(pods.filter(isReady))
const names = (pods: readonly Manifest[]) => pods.map(({ metadata }) => metadata.name).sort()
/** Pods that were ready before are ready now. */
export const survivors = (count: number) =>
  [
    `${count} pods were and are ready`,
    (view: View, earlier: View | null) => ready(view).filter(name => earlier && ready(earlier).includes(name)).length,
    count,
  ] as const
