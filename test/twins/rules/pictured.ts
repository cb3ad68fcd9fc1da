import { formAnnotation } from '../manifest.ts'
import { hashLabel } from '../objects.ts'
import type { Picture } from '../picture.ts'
import type { Form } from '../step.ts'

// What rules read in pictures again.

/** A pod as a picture has it; its other fields are only compared. */
export type PicturedPod = {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: { readonly tolerations?: readonly Toleration[] }
}

export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** The pods of a DaemonSet (by its title) in a picture: path → text. */
export function podsOf(picture: Picture, title: string): ReadonlyMap<string, string> {
  return new Map([...picture].filter(([at]) => at.startsWith('pod/') && at.split('/')[2] === title))
}

/** Paths of pods name their node. */
export const nodeAt = (path: string): string => path.split('/')[1] ?? ''

export const podIn = (text: string): PicturedPod => JSON.parse(text) as PicturedPod

export const hashOfPod = (text: string): string | undefined => podIn(text).labels?.[hashLabel]

/** The form a pod was made of; undefined: it was made otherwise. */
export const formOfPod = (text: string): string | undefined => podIn(text).annotations?.[formAnnotation]

/** The same pod, but for one label. */
export function isSameBut(label: string, theirs: string, ours: string): boolean {
  const [left, right] = [theirs, ours].map(text => {
    const pod = podIn(text)
    const { [label]: _, ...labels } = pod.labels ?? {}
    return JSON.stringify({ ...pod, labels })
  })
  return left === right
}

/** The DaemonSet with this title; null: it is not there any more. */
export function daemonSetTitled(picture: Picture, title: string): PicturedDaemonSet | null {
  const name = title.split(' ')[0] ?? ''
  const spec = picture.get(`daemonset/${name}/spec`)
  if (spec === undefined || picture.get(`daemonset/${name}/title`) !== JSON.stringify(title)) return null
  const { template, revisionHistoryLimit } = JSON.parse(spec) as {
    template: { metadata: { annotations: Readonly<Record<string, string>> } }
    revisionHistoryLimit: number
  }
  const form = template.metadata.annotations[formAnnotation] ?? ''
  return { name, title, spec, form, isTooBig: (JSON.parse(form) as Form).isTooBig, revisionHistoryLimit }
}

export type PicturedDaemonSet = {
  readonly name: string
  readonly title: string
  readonly spec: string
  /** Of its template, as text. */
  readonly form: string
  /** Its pods fit nowhere, so a rollout stands still. */
  readonly isTooBig: boolean
  readonly revisionHistoryLimit: number
}

export type PicturedRevision = {
  /** As paths have it. */
  readonly name: string
  readonly hash: string | undefined
  /** Has the present template. */
  readonly isCurrent: boolean
}

/** The revisions a DaemonSet owns. */
export function revisionsOf(picture: Picture, { title, form }: PicturedDaemonSet): readonly PicturedRevision[] {
  const owned = [...picture].filter(
    ([at, owners]) => /^revision\/[^/]+\/owners$/.test(at) && owners.includes(JSON.stringify(title)),
  )
  return owned.map(([at]) => {
    const name = at.split('/')[1] ?? ''
    const labels = JSON.parse(picture.get(`revision/${name}/labels`) ?? '{}') as Readonly<Record<string, string>>
    const data = JSON.parse(picture.get(`revision/${name}/data`) ?? '{}') as {
      spec?: { template?: { metadata?: { annotations?: Readonly<Record<string, string>> } } }
    }
    const made = data.spec?.template?.metadata?.annotations?.[formAnnotation]
    return { name, hash: labels[hashLabel], isCurrent: made === form }
  })
}
