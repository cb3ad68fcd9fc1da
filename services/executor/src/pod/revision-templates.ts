import { overrideValue, type ResourceOverride } from '@rollcall/contracts'
import { ApiError } from '@rollcall/kube'
import type { Calls } from '../flow/calls.ts'
import { controllerUidOf, type DaemonSetRef, isObject, type JsonObject, objectIn } from '../kube-objects.ts'
import type { Clock } from '../ports.ts'
import { type PodForm, printPodForm } from './pod-form.ts'

/** What a CreatePod needs of a revision: the form to print its pod with, or why there is none. */
export type FormLookup =
  | { readonly found: true; readonly form: PodForm }
  | { readonly found: false; readonly why: 'gone' | 'foreign' | 'no-template' | 'no-labels'; readonly message: string }

type RevisionLookup =
  | { readonly found: true; readonly template: JsonObject }
  | Extract<FormLookup, { readonly found: false }>

type Entry = {
  readonly lookup: Promise<RevisionLookup>
  readonly forms: Map<string, PodForm | null>
  /** When to ask the cluster again. */
  expiresAt: number
}

/** `data` never changes; only a deleted and re-created revision can differ, and ours forgets those it changes itself. */
const keptMs = 300_000
/** What is not there may be there soon. */
const missingKeptMs = 1_000
const entriesMax = 512
const formsMax = 16

/** The pod forms of one cluster's revisions: each revision is read once, however many pods are made of it. */
export class RevisionTemplates {
  readonly #calls: Calls
  readonly #clock: Clock
  /** Outlives single commands: one read serves many. */
  readonly #signal: AbortSignal
  readonly #entries = new Map<string, Entry>()

  constructor(calls: Calls, clock: Clock, signal: AbortSignal) {
    this.#calls = calls
    this.#clock = clock
    this.#signal = signal
  }

  /** @throws ApiError, UnreachableError */
  async form(
    daemonSet: DaemonSetRef,
    revision: { readonly name: string; readonly hash: string },
    templateGeneration: number | null,
    asked: { readonly withoutTolerations: readonly string[]; readonly override: ResourceOverride | null } | null = null,
  ): Promise<FormLookup> {
    const entry = this.#entry(daemonSet, revision.name)
    const lookup = await entry.lookup
    if (!lookup.found) return lookup
    const withoutTolerations = asked?.withoutTolerations ?? []
    const override = asked?.override ?? null
    const named = override ? overrideValue(override) : ''
    const key = [revision.hash, templateGeneration ?? '', named, ...withoutTolerations].join('/')
    let form = entry.forms.get(key)
    if (form === undefined) {
      const { template } = lookup
      const { hash } = revision
      form = printPodForm({ template, daemonSet, hash, templateGeneration, withoutTolerations, override })
      if (entry.forms.size >= formsMax) entry.forms.clear()
      entry.forms.set(key, form)
    }
    if (form === null) return { found: false, why: 'no-labels', message: 'unable to create pods, no labels' }
    return { found: true, form }
  }

  /** The revision has changed, or may have. */
  forget(daemonSet: DaemonSetRef, name: string): void {
    this.#entries.delete(keyOf(daemonSet, name))
  }

  #entry(daemonSet: DaemonSetRef, name: string): Entry {
    const key = keyOf(daemonSet, name)
    const known = this.#entries.get(key)
    if (known && known.expiresAt > this.#clock.now()) return known
    const entry: Entry = { lookup: this.#read(daemonSet, name), forms: new Map(), expiresAt: Number.POSITIVE_INFINITY }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const oldest = this.#entries.keys().next().value
    if (this.#entries.size > entriesMax && oldest !== undefined) this.#entries.delete(oldest)
    entry.lookup.then(
      ({ found }) => {
        entry.expiresAt = this.#clock.now() + (found ? keptMs : missingKeptMs)
      },
      // Whoever waits for it gets the error; the next one asks again.
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry
  }

  async #read(daemonSet: DaemonSetRef, name: string): Promise<RevisionLookup> {
    const { namespace, uid } = daemonSet
    try {
      const revision = await this.#calls.get({ resource: 'ControllerRevision', namespace, name }, this.#signal)
      const owner = controllerUidOf(revision)
      // Nobody's: it was let go when its labels left the selector, and serves as it is (spec §4.7).
      if (owner !== null && owner !== uid) {
        const message = `ControllerRevision ${namespace}/${name} belongs to ${owner}, not to DaemonSet ${daemonSet.name} (${uid})`
        return { found: false, why: 'foreign', message }
      }
      const template = objectIn(objectIn(objectIn(revision, 'data'), 'spec'), 'template')
      if (!isObject(template.spec)) {
        return {
          found: false,
          why: 'no-template',
          message: `ControllerRevision ${namespace}/${name} holds no template`,
        }
      }
      const { $patch: _, ...rest } = template
      return { found: true, template: rest }
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return { found: false, why: 'gone', message: error.message }
      throw error
    }
  }
}

function keyOf({ namespace, uid }: DaemonSetRef, name: string): string {
  return `${uid}/${namespace}/${name}`
}
