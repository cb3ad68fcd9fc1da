import { hash } from 'node:crypto'

/** What the log holds of one object, as far as this process knows. */
type Entry =
  /** Digest of the facts last published. */
  | { readonly is: 'published'; readonly digest: string }
  /** It was published as it left the set; only its end is still of interest. */
  | { readonly is: 'left' }
  /** Seen outside the set and never published. */
  | { readonly is: 'outside' }

const left: Entry = { is: 'left' }
const outside: Entry = { is: 'outside' }

export type Verdict = 'publish' | 'unchanged' | 'outside'

/**
 * What was published of one kind's objects, by uid: the no-op filter. After a resume it starts empty and *incomplete*:
 * an earlier process may have published objects it does not know. A whole list makes it complete.
 */
export class Published {
  readonly #entries = new Map<string, Entry>()
  #isComplete = false
  /** uids met since the running relist began; null when none runs. */
  #met: Set<string> | null = null

  get size(): number {
    return this.#entries.size
  }

  /** @param forget everything counts as unpublished (history went back) */
  beginRelist(forget: boolean): void {
    if (forget) this.#entries.clear()
    this.#met = new Set()
  }

  /** Whatever was not met in the relist is gone. */
  completeRelist(): void {
    const met = this.#met
    if (met === null) throw new Error('a relist is completed that was never begun')
    for (const uid of this.#entries.keys()) if (!met.has(uid)) this.#entries.delete(uid)
    this.#met = null
    this.#isComplete = true
  }

  /** An object that belongs to the set. */
  put(uid: string, facts: { readonly resourceVersion: string }): Verdict {
    this.#met?.add(uid)
    const digest = digestOf(facts)
    const entry = this.#entries.get(uid)
    if (entry?.is === 'published' && entry.digest === digest) return 'unchanged'
    this.#entries.set(uid, { is: 'published', digest })
    return 'publish'
  }

  /** An object that does not belong to the set: published once more if it did, or if nobody here can know. */
  putOutside(uid: string, isNew: boolean): Verdict {
    const entry = this.#entries.get(uid)
    if (entry?.is === 'published') {
      this.#met?.add(uid)
      this.#entries.set(uid, left)
      return 'publish'
    }
    // During a relist it is simply not listed: if the log knows it, the core infers its end from that.
    if (entry !== undefined || this.#isComplete || this.#met !== null) return 'outside'
    this.#entries.set(uid, isNew ? outside : left)
    return isNew ? 'outside' : 'publish'
  }

  /** The object was deleted. */
  gone(uid: string, isInSet: boolean): Verdict {
    const entry = this.#entries.get(uid)
    this.#entries.delete(uid)
    if (entry === undefined) return isInSet || !this.#isComplete ? 'publish' : 'outside'
    return entry.is === 'outside' ? 'outside' : 'publish'
  }
}

/** Facts have one form, so their plain JSON does; the resourceVersion alone is no change. */
function digestOf(facts: { readonly resourceVersion: string }): string {
  return hash('sha1', JSON.stringify({ ...facts, resourceVersion: '' }), 'base64')
}
