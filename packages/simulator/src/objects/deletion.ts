import type { DeleteOptions, KubeObject, ObjectMeta } from './object-store.ts'

/** What a delete request comes to. */
export type Deletion =
  /** It is being deleted already, and nothing about that changes. */
  | { readonly kind: 'pending' }
  /** Gone at once. */
  | { readonly kind: 'remove' }
  /** Marked; `isLast` when it is removed right after, as nothing holds it. */
  | { readonly kind: 'mark'; readonly object: KubeObject; readonly isLast: boolean }

const orphan = 'orphan'
const foreground = 'foregroundDeletion'

/** RFC 3339 in whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/**
 * What becomes of dependents is written down as a finalizer for the garbage collector (spec §6.3: `orphanDependents`,
 * then `propagationPolicy`, then a finalizer that is there, then background).
 */
export function finalizersForDeletion(present: readonly string[], options: DeleteOptions): readonly string[] {
  const policy = policyOf(present, options)
  const others = present.filter(finalizer => finalizer !== orphan && finalizer !== foreground)
  switch (policy) {
    case 'Background':
      return others
    case 'Orphan':
      return [...others, orphan]
    case 'Foreground':
      return [...others, foreground]
  }
}

function policyOf(present: readonly string[], options: DeleteOptions): 'Background' | 'Foreground' | 'Orphan' {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background'
  if (options.propagationPolicy !== undefined) return options.propagationPolicy
  if (present.includes(orphan)) return 'Orphan'
  return present.includes(foreground) ? 'Foreground' : 'Background'
}

/**
 * @param graceSeconds how long the object may take to end; null for a kind that knows no graceful deletion
 * (`apiserver/pkg/registry/rest/delete.go`, `registry/generic/registry/store.go`)
 */
export function planDeletion(
  object: KubeObject,
  options: DeleteOptions,
  graceSeconds: number | null,
  nowMs: number,
): Deletion {
  const grace = graceOf(object, options, graceSeconds, nowMs)
  if (grace === 'pending') return { kind: 'pending' }
  const finalizers = finalizersForDeletion(object.metadata.finalizers ?? [], options)
  if (grace === 'none' && finalizers.length === 0) return { kind: 'remove' }
  const { deletionTimestamp = timestamp(nowMs) } = object.metadata
  return marked(object, finalizers, grace === 'none' ? { deletionTimestamp, deletionGracePeriodSeconds: 0 } : grace)
}

type Grace = Required<Pick<ObjectMeta, 'deletionTimestamp' | 'deletionGracePeriodSeconds'>>

/** `none`: nothing but finalizers can hold it. */
function graceOf(
  { metadata }: KubeObject,
  options: DeleteOptions,
  graceSeconds: number | null,
  nowMs: number,
): 'pending' | 'none' | Grace {
  if (graceSeconds === null) return 'none'
  if (metadata.deletionTimestamp === undefined) {
    const deletionTimestamp = timestamp(nowMs + graceSeconds * 1_000)
    return { deletionTimestamp, deletionGracePeriodSeconds: graceSeconds }
  }
  const present = metadata.deletionGracePeriodSeconds ?? 0
  if (present === 0) return 'none'
  // A deletion that is under way may only be made shorter.
  if (options.gracePeriodSeconds === undefined) return 'pending'
  const wanted = options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds
  if (wanted >= present) return 'pending'
  const due = Date.parse(metadata.deletionTimestamp) + (wanted - present) * 1_000
  if (due >= nowMs) return { deletionTimestamp: timestamp(due), deletionGracePeriodSeconds: wanted }
  return { deletionTimestamp: timestamp(nowMs), deletionGracePeriodSeconds: wanted === 0 ? 0 : 1 }
}

function marked(object: KubeObject, finalizers: readonly string[], grace: Grace): Deletion {
  const { metadata } = object
  const isFirst = metadata.deletionTimestamp === undefined
  const { finalizers: _, ...others } = metadata
  const next: ObjectMeta = {
    ...others,
    ...grace,
    ...(finalizers.length === 0 ? {} : { finalizers }),
    ...(isFirst && metadata.generation !== undefined ? { generation: metadata.generation + 1 } : {}),
  }
  const isLast = finalizers.length === 0 && grace.deletionGracePeriodSeconds === 0
  return { kind: 'mark', object: { ...object, metadata: next }, isLast }
}

/** Whether an update that leaves the object like this is the end of it. */
export function isEndedByUpdate(before: KubeObject, after: KubeObject): boolean {
  if ((after.metadata.finalizers ?? []).length > 0) return false
  return before.metadata.deletionTimestamp !== undefined && (before.metadata.deletionGracePeriodSeconds ?? 0) === 0
}
