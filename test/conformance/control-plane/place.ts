import { goCanonicalJson, type Json } from '@rollcall/contracts'
import { isObject, type JsonObject, type Manifest } from '../manifest.ts'
import { type Ref, refOf } from '../world.ts'

const caseLabel = 'conformance.test/case'

/**
 * One case's part of a cluster that many share: namespaces and nodes of its own, and DaemonSets that go to those nodes
 * only. A story and its expectations know nothing of it.
 */
export class Place {
  readonly #name: string
  /** Pods that the story removes, and not the controller: namespace and name, as inside. */
  readonly removed = new Set<string>()

  constructor(name: string) {
    this.#name = name
  }

  namespace(name: string): string {
    return name === 'default' ? this.#name : `${this.#name}-${name}`
  }

  /** The names in a story, of what lies here; null: it lies elsewhere. */
  #outside(namespace: string): string | null {
    if (namespace === this.#name) return 'default'
    return namespace.startsWith(`${this.#name}-`) ? namespace.slice(this.#name.length + 1) : null
  }

  ref({ kind, name, namespace = 'default' }: Ref): Ref {
    return kind === 'Node' ? { kind, name: this.#node(name) } : { kind, name, namespace: this.namespace(namespace) }
  }

  holdsNamespace(namespace: string): boolean {
    return this.#outside(namespace) !== null
  }

  holds({ kind, metadata }: Manifest): boolean {
    if (kind === 'Node') return metadata.labels?.[caseLabel] === this.#name
    return this.holdsNamespace(metadata.namespace ?? '')
  }

  /** As it is written to the cluster. */
  inside(object: Manifest): Manifest {
    const { name, namespace } = this.ref(refOf(object))
    const metadata = { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) }
    const mapped = this.#mapped(object as unknown as JsonObject, node => this.#node(node))
    const whole = { ...(mapped as unknown as Manifest), metadata }
    switch (object.kind) {
      case 'Node':
        return { ...whole, metadata: { ...metadata, labels: { ...metadata.labels, [caseLabel]: this.#name } } }
      case 'Pod':
        return whole
      case 'DaemonSet':
        return { ...whole, spec: this.#selecting(whole.spec ?? {}) }
      case 'ControllerRevision':
        return { ...whole, data: this.#canonical(whole.data ?? {}) }
    }
  }

  /** A patch as it is written to the cluster. */
  patch(kind: Manifest['kind'], patch: JsonObject): JsonObject {
    const mapped = this.#mapped(patch, node => this.#node(node)) as JsonObject
    return kind === 'Node' && isObject(patch.metadata) && isObject(patch.metadata.labels)
      ? { ...mapped, metadata: { ...patch.metadata, labels: { ...patch.metadata.labels, [caseLabel]: this.#name } } }
      : mapped
  }

  /** As the story knows it. */
  outside<T extends Manifest>(object: T): T {
    const strip = (node: string) => (node.startsWith(`${this.#name}-`) ? node.slice(this.#name.length + 1) : node)
    const mapped = this.#mapped(object as unknown as JsonObject, strip) as unknown as T
    const { [caseLabel]: _, ...labels } = object.metadata.labels ?? {}
    const { namespace } = object.metadata
    const name = object.kind === 'Node' ? strip(object.metadata.name) : object.metadata.name
    const space = namespace === undefined ? {} : { namespace: this.#outside(namespace) ?? namespace }
    return { ...mapped, metadata: { ...object.metadata, ...space, name, labels } }
  }

  #node(name: string): string {
    return `${this.#name}-${name}`
  }

  #selecting(spec: JsonObject): JsonObject {
    const template = isObject(spec.template) ? spec.template : {}
    const pod = isObject(template.spec) ? template.spec : {}
    const nodeSelector = { ...(isObject(pod.nodeSelector) ? pod.nodeSelector : {}), [caseLabel]: this.#name }
    return { ...spec, template: { ...template, spec: { ...pod, nodeSelector } } }
  }

  #canonical(data: JsonObject): JsonObject {
    if (!isObject(data.spec) || !isObject(data.spec.template)) return data
    return JSON.parse(goCanonicalJson({ ...data, spec: this.#selecting(data.spec) })) as JsonObject
  }

  /** Names of nodes, wherever they stand in an object; the case's own label is taken out of node selectors. */
  #mapped(value: Json, node: (name: string) => string): Json {
    if (Array.isArray(value)) return value.map(item => this.#mapped(item as Json, node))
    if (!isObject(value)) return value
    const isField = value.key === 'metadata.name' && Array.isArray(value.values)
    const members = Object.entries(value).flatMap(([key, member]): (readonly [string, Json])[] => {
      if (key === 'nodeName' && typeof member === 'string') return [[key, node(member)]]
      if (key === 'values' && isField) return [[key, (member as string[]).map(node)]]
      if (key === 'nodeSelector' && isObject(member)) {
        const { [caseLabel]: _, ...rest } = member
        return Object.keys(rest).length > 0 ? [[key, rest]] : []
      }
      return [[key, this.#mapped(member, node)]]
    })
    return Object.fromEntries(members)
  }
}
