import { canonicalJson, goCanonicalJson, type Json, sha256Hex } from './canonical.ts'

/** Kubernetes' alphabet for generated suffixes: no vowels, nothing that reads like something else. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** A slot is what commands are serial in: one DaemonSet on one node, or (node null) the DaemonSet as a whole. */
export function slotOf(daemonSetUid: string, node: string | null): string {
  return node === null ? `${daemonSetUid}/` : `${daemonSetUid}/${node}`
}

/**
 * The id of a command: derived from its content and its cause, so that deciding it twice is deciding it once.
 * 32 lower-case hex digits.
 */
export function commandId(cause: {
  cluster: string
  position: number
  slot: string
  type: string
  /** What tells two commands of one type, slot and position apart, for example a pod uid. */
  subject: string
}): string {
  return sha256Hex(canonicalJson(cause)).slice(0, 32)
}

/** Length of the suffix that makes a pod name unique: 27^10 names per DaemonSet. */
const podSuffixLength = 10
/** A pod's name is its default hostname, which may have 63 characters. */
const podNameMax = 63

/** The name of the pod that a command creates: `<daemonset>-<10 characters of the command id>` (design rule 4). */
export function podNameFor(daemonSet: string, id: string): string {
  let rest = BigInt(`0x${sha256Hex(id).slice(0, 24)}`)
  let suffix = ''
  while (suffix.length < podSuffixLength) {
    suffix += alphabet[Number(rest % 27n)]
    rest /= 27n
  }
  return `${`${daemonSet}-`.slice(0, podNameMax - podSuffixLength)}${suffix}`
}

/**
 * Digest of a pod template as the API server's JSON returned it. `creationTimestamp: null` counts as absent, because
 * older control planes wrote it and newer ones do not (spec §1.3 rule 4).
 */
export function templateDigest(template: Json): string {
  return sha256Hex(goCanonicalJson(withoutNullTimestamp(template)))
}

function withoutNullTimestamp(template: Json): Json {
  if (typeof template !== 'object' || template === null || Array.isArray(template)) return template
  const { $patch: _, ...members } = template as { readonly [key: string]: Json }
  const metadata = members.metadata
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return members
  const { creationTimestamp, ...kept } = metadata as { readonly [key: string]: Json }
  return { ...members, metadata: creationTimestamp == null ? kept : metadata }
}

/**
 * The hash a new ControllerRevision is named and labelled with (spec §1.4 allows any deterministic, label-safe hash):
 * FNV-1a over the template digest and the collision count, in the characters the reference uses.
 */
export function revisionHash(digest: string, collisionCount: number | null): string {
  const text = collisionCount === null ? digest : `${digest}/${collisionCount}`
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193) >>> 0
  return Array.from(String(sum), digit => alphabet[digit.charCodeAt(0) % 27]).join('')
}
