import { z } from 'zod'
import { canonicalJson, sha256Hex } from './canonical.ts'

/** On the DaemonSet: what its pods ask for on some nodes, in place of what its template says. */
export const overridesAnnotation = 'rollcall.dev/resource-overrides'
/** On a pod: which override it was created with, as `<name>.<digest>`. */
export const overrideLabel = 'rollcall.dev/override'

/** Amounts by resource name, as Kubernetes writes them: `500m`, `1Gi`, `0.5`. */
const amounts = z.record(z.string().min(1), z.string().regex(/^[0-9]+(\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?$/))

const overrideSchema = z.strictObject({
  /** Label-safe. */
  name: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9_-]{0,38}[A-Za-z0-9])?$/),
  /** A node selector, as `kubectl get nodes -l` takes it. */
  nodes: z.string().min(1),
  /** By container name, init containers too. What is not named stays as the template has it. */
  containers: z
    .record(z.string().min(1), z.strictObject({ requests: amounts.optional(), limits: amounts.optional() }))
    .refine(containers => Object.keys(containers).length > 0),
})

export type ResourceOverride = z.infer<typeof overrideSchema> & {
  /** Of `containers`: tells one override from a later one of the name. */
  readonly digest: string
}

const overridesMax = 32
const overridesSchema = z
  .array(overrideSchema)
  .max(overridesMax)
  .refine(overrides => new Set(overrides.map(({ name }) => name)).size === overrides.length)

/** Reads the annotation's JSON; undefined: nonsense. */
export function readResourceOverrides(text: string): readonly ResourceOverride[] | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const parsed = overridesSchema.safeParse(json)
  return parsed.success ? parsed.data.map(each => ({ ...each, digest: digestOf(each.containers) })) : undefined
}

const digestOf = (containers: ResourceOverride['containers']): string =>
  sha256Hex(canonicalJson(containers)).slice(0, 10)

/** Value of `overrideLabel`. */
export const overrideValue = ({ name, digest }: { readonly name: string; readonly digest: string }): string =>
  `${name}.${digest}`
