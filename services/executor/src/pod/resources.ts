import type { Json, ResourceOverride } from '@rollcall/contracts'
import { arrayIn, isObject, type JsonObject, objectIn, textIn } from '../kube-objects.ts'

/** The spec with what an override names in place of what its containers ask for; what it does not name stays. */
export function withOverride(spec: JsonObject, override: ResourceOverride | null): JsonObject {
  if (override === null) return spec
  const changed: { [member: string]: Json } = {}
  for (const member of ['containers', 'initContainers']) {
    if (member in spec) changed[member] = arrayIn(spec, member).map(container => overridden(container, override))
  }
  return { ...spec, ...changed }
}

function overridden(container: Json, { containers }: ResourceOverride): Json {
  if (!isObject(container)) return container
  const name = textIn(container, 'name')
  const named = Object.hasOwn(containers, name) ? containers[name] : undefined
  if (!named) return container
  const own = objectIn(container, 'resources')
  const resources: { [member: string]: Json } = { ...own }
  for (const member of ['requests', 'limits'] as const) {
    if (named[member]) resources[member] = { ...objectIn(own, member), ...named[member] }
  }
  return { ...container, resources }
}
