/** A toleration as the API server's JSON has it. */
export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

const automatic: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]
const onHostNetwork: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
}

/** The user's tolerations with those every daemon pod has merged in (spec §1.7), but for those `without` names by their keys. */
export function withDaemonTolerations(
  own: readonly Toleration[],
  hostNetwork: boolean,
  without: readonly string[] = [],
): readonly Toleration[] {
  const added = hostNetwork ? [...automatic, onHostNetwork] : automatic
  return added.filter(({ key = '' }) => !without.includes(key)).reduce(merge, own)
}

/** tolerationSeconds is not compared: a finite one of the user's gives way to "forever", in its place in the list. */
function merge(list: readonly Toleration[], added: Toleration): readonly Toleration[] {
  if (!list.some(toleration => matches(toleration, added))) return [...list, added]
  return list.map(toleration => (matches(toleration, added) ? added : toleration))
}

/** An absent member and an empty string mean the same to the API. */
function matches(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? '') === (b.key ?? '') &&
    (a.effect ?? '') === (b.effect ?? '') &&
    (a.operator ?? '') === (b.operator ?? '') &&
    (a.value ?? '') === (b.value ?? '')
  )
}
