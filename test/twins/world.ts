import { formAnnotation } from './manifest.ts'
import { type ControllerRevision, type DaemonSet, isReady, nodeOf, ownerOf } from './objects.ts'
import { revisionsOf } from './play.ts'
import type { Side } from './side.ts'
import type { Form } from './step.ts'

/** What a story can go on from, in its own words. */
export type World = {
  readonly nodes: readonly string[]
  /** Bound pods stand on nodes that are gone. */
  readonly hasLostPods: boolean
  readonly daemonSets: readonly {
    readonly name: string
    readonly form: Form
    readonly isRolling: boolean
    /** New pods are started beside old ones. */
    readonly isSurging: boolean
    /** Nodes on which it has a pod. */
    readonly places: readonly string[]
    /** Nodes on which its pod is ready. */
    readonly readyPlaces: readonly string[]
    /** Two of its revisions have the present template. */
    readonly hasDuplicate: boolean
    readonly revisions: readonly { readonly number: number; readonly form: Form | null; readonly isCurrent: boolean }[]
  }[]
  /** Stray pods: whose they were, and where. */
  readonly strays: readonly { readonly daemonSet: string; readonly node: string }[]
}

export function worldOf(side: Side, story: string): World {
  const { view } = side
  const plain = (node: string) => node.slice(story.length + 1)
  const nodes = view.of('Node', story).map(({ metadata }) => plain(metadata.name))
  const pods = view.of('Pod', story)
  return {
    nodes,
    hasLostPods: pods.some(({ spec }) => spec.nodeName !== undefined && !nodes.includes(plain(spec.nodeName))),
    daemonSets: view
      .of('DaemonSet', story)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(daemonSet => {
        const { metadata, spec } = daemonSet
        const own = pods.filter(pod => ownerOf(pod)?.uid === metadata.uid)
        const revisions = revisionsOf(side, story, metadata.name)
        return {
          name: metadata.name,
          form: formOf(spec.template.metadata.annotations) as Form,
          isRolling: spec.updateStrategy.type === 'RollingUpdate',
          isSurging: !/^0?%?$/.test(`${spec.updateStrategy.rollingUpdate?.maxSurge ?? ''}`),
          places: [...new Set(own.map(pod => plain(nodeOf(pod))))],
          readyPlaces: [...new Set(own.filter(isReady).map(pod => plain(nodeOf(pod))))],
          hasDuplicate: revisions.filter(revision => isCurrent(revision, daemonSet)).length > 1,
          revisions: revisions.map(revision => ({
            number: revision.revision,
            form: formIn(revision),
            isCurrent: isCurrent(revision, daemonSet),
          })),
        }
      }),
    strays: pods.flatMap(pod => {
      const [, daemonSet] = /^stray-(.+)$/.exec(pod.metadata.labels?.app ?? '') ?? []
      return daemonSet === undefined ? [] : [{ daemonSet, node: plain(nodeOf(pod)) }]
    }),
  }
}

type Annotations = Readonly<Record<string, string>> | undefined

function formOf(annotations: Annotations): Form | null {
  const text = annotations?.[formAnnotation]
  return text === undefined ? null : (JSON.parse(text) as Form)
}

const formIn = ({ data }: ControllerRevision): Form | null =>
  formOf(
    (data as { spec?: { template?: { metadata?: { annotations?: Annotations } } } }).spec?.template?.metadata
      ?.annotations,
  )

const isCurrent = (revision: ControllerRevision, { spec }: DaemonSet): boolean =>
  JSON.stringify(formIn(revision)) === JSON.stringify(formOf(spec.template.metadata.annotations))
