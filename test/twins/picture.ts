import { createHash } from 'node:crypto'
import {
  type ControllerRevision,
  comparePods,
  type DaemonSet,
  type Event,
  hashLabel,
  isReady,
  type Metadata,
  nodeOf,
  ownerOf,
  type Pod,
} from './objects.ts'
import type { Side } from './side.ts'

/**
 * All that is compared of a story on one side: path → value, both text. What is bound to differ is told by what it means:
 * a generated pod name by `<pod>`, a hash by the content it stands for, a uid by whose it is.
 */
export type Picture = ReadonlyMap<string, string>

/** Hashes of a story on one side → what stands for them in pictures. Grows: a revision may be gone while its hash is not. */
export type Hashes = Map<string, string>

/** On the pods Rollcall creates: how it knows them again (docs/differences.md#pod-names). */
const commandAnnotation = 'rollcall.dev/command'

/** On revisions of what was poked: which revision that is may differ before everybody is awake. */
export const pokeLabel = 'twins.rollcall.dev/poked'

export function pictureOf(side: Side, story: string, hashes: Hashes, data: ReadonlyMap<string, string>): Picture {
  const { view } = side
  const revisions = view.of('ControllerRevision', story)
  for (const { metadata } of revisions) learn(hashes, metadata, data.get(metadata.name) ?? '')
  const text = (value: unknown): string => {
    let shown = JSON.stringify(value) ?? 'none'
    for (const [hash, meaning] of hashes) shown = shown.replaceAll(hash, meaning)
    return shown
  }
  const picture = new Map<string, string>()
  for (const node of view.of('Node', story)) picture.set(`node/${node.metadata.name}`, text(nodeForm(node)))
  for (const daemonSet of view.of('DaemonSet', story)) {
    const at = `daemonset/${daemonSet.metadata.name}`
    for (const [field, value] of Object.entries(daemonSetForm(side, daemonSet)))
      picture.set(`${at}/${field}`, text(value))
    for (const [field, value] of Object.entries(daemonSet.status)) picture.set(`${at}/status/${field}`, text(value))
  }
  for (const revision of revisions) {
    const at = text(`revision/${revision.metadata.name}`).slice(1, -1)
    for (const [field, value] of Object.entries(revisionForm(side, revision)))
      picture.set(`${at}/${field}`, text(value))
    picture.set(`${at}/data`, data.get(revision.metadata.name) ?? 'not read')
  }
  for (const [path, told] of podTexts(side, view.of('Pod', story), text)) picture.set(path, told)
  for (const [path, forms] of eventForms(side, view.of('Event', story))) picture.set(path, text(forms))
  return picture
}

/** The name a controller gives a revision ends with its hash. */
function learn(hashes: Hashes, { name, labels }: Metadata, data: string): void {
  const hash = labels?.[hashLabel]
  const [, daemonSet] = /^(d\d+)-([4-9b-f]+)$/.exec(name) ?? []
  const named = daemonSet && name.slice(daemonSet.length + 1)
  if (hash === undefined || hash !== named || hashes.has(hash)) return
  // Two hashes of one content: the second has a collision count.
  const meaning = `<hash of ${createHash('sha256').update(data).digest('hex').slice(0, 8)}>`
  const again = [...hashes.values()].filter(known => known.startsWith(meaning)).length
  hashes.set(hash, again === 0 ? meaning : `${meaning}'${again}`)
}

function nodeForm({ metadata, spec }: { metadata: Metadata; spec: object }): unknown {
  const { taints, unschedulable } = spec as {
    taints?: { key: string; value?: string; effect: string }[]
    unschedulable?: boolean
  }
  return {
    labels: sorted(metadata.labels),
    taints: (taints ?? []).map(({ key, value, effect }) => `${key}=${value ?? ''}:${effect}`).sort(),
    unschedulable,
  }
}

function metadataForm(side: Side, metadata: Metadata): object {
  const { [commandAnnotation]: _, ...annotations } = metadata.annotations ?? {}
  return {
    labels: sorted(metadata.labels),
    annotations: sorted(annotations),
    finalizers: metadata.finalizers,
    owners: metadata.ownerReferences?.map(owner => ({ ...owner, uid: side.view.titleOf(owner.uid) ?? 'unknown' })),
    isTerminating: metadata.deletionTimestamp !== undefined,
  }
}

function daemonSetForm(side: Side, { metadata, spec }: DaemonSet): object {
  const { generation } = metadata
  return { title: side.view.titleOf(metadata.uid), generation, metadata: metadataForm(side, metadata), spec }
}

function revisionForm(side: Side, { metadata, revision }: ControllerRevision): object {
  const { [pokeLabel]: _, ...labels } = metadata.labels ?? {}
  return { ...metadataForm(side, { ...metadata, labels }), number: revision }
}

function* podTexts(side: Side, pods: readonly Pod[], text: (value: unknown) => string): Generator<[string, string]> {
  const counts = new Map<string, number>()
  const ordered = [...pods].sort(comparePods).map(pod => ({ owner: ownerOf(pod), pod, told: text(podForm(side, pod)) }))
  // Nobody's pods have no order of their own: two that were made within one second would stand by their random names.
  const nobodys = ordered.filter(({ owner }) => owner === undefined).sort((a, b) => (a.told < b.told ? -1 : 1))
  for (const { owner, pod, told } of [...ordered.filter(one => one.owner !== undefined), ...nobodys]) {
    const at = `pod/${nodeOf(pod) || 'nowhere'}/${owner ? side.view.titleOf(owner.uid) : 'nobody'}`
    const index = counts.get(at) ?? 0
    counts.set(at, index + 1)
    yield [`${at}/${index}`, told]
  }
}

function podForm(side: Side, pod: Pod): object {
  const { metadata, spec, status } = pod
  return {
    name: metadata.generateName === undefined ? metadata.name : `${metadata.generateName}<pod>`,
    phase: status.phase,
    reason: status.reason,
    isReady: isReady(pod),
    isBound: spec.nodeName !== undefined,
    ...metadataForm(side, metadata),
    spec: { ...spec, nodeName: undefined },
  }
}

/** Events by object and reason: how often is a matter of pace, what is said is not. */
function eventForms(side: Side, events: readonly Event[]): Map<string, readonly string[]> {
  const forms = new Map<string, Set<string>>()
  for (const { involvedObject, type, reason, message, source } of events) {
    if (involvedObject.kind !== 'DaemonSet') continue
    const at = `event/${side.view.titleOf(involvedObject.uid) ?? 'unknown'}/${type} ${reason}`
    const form = message
      .replace('(combined from similar events): ', '')
      .replace(/pod: \S+/, 'pod: <pod>')
      .replace(/daemon pod \S+ on node [^\s,]+/, 'daemon pod <pod> on node <node>')
    const known = forms.get(at) ?? new Set()
    forms.set(at, known.add(`${source?.component}: ${form}`))
  }
  return new Map([...forms].map(([at, all]) => [at, [...all].sort()]))
}

function sorted(labels: Readonly<Record<string, string>> | undefined): object {
  return Object.fromEntries(Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
