import { z } from 'zod'
import { canonicalJson } from './canonical.ts'
import type { Command, CommandType } from './commands.ts'
import { commandSchema, type DecisionPoint, decisionPointSchema } from './decisions.ts'
import { type Event, type EventType, eventSchemas } from './events.ts'

/** Turns the body of one version into that of the next. */
export type Upcast = (body: Record<string, unknown>) => Record<string, unknown>

/** One record type: its current version, its schema, and for each older version the step to the next one. */
export type RecordType = {
  readonly version: number
  readonly schema: z.ZodType
  readonly upcasts?: { readonly [fromVersion: number]: Upcast }
}

export type DecodeFailure = {
  readonly code: 'not-json' | 'no-type' | 'unknown-type' | 'future-version' | 'invalid'
  /** A sentence that names what was wrong and what to do. */
  readonly reason: string
}
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: DecodeFailure }

export type Codec<T> = {
  /** One record as canonical JSON: its body and `v`, the version of its type. Throws TypeError on an unknown type. */
  encode(value: T): string
  /** Reads a record of this or any older version. Never throws: what cannot be read comes back with the reason. */
  decode(text: string | Uint8Array): Decoded<T>
}

const fail = (code: DecodeFailure['code'], reason: string): { ok: false; failure: DecodeFailure } => ({
  ok: false,
  failure: { code, reason },
})

/** A codec over record types, keyed by the `type` member of the record. */
export function createCodec<T extends { readonly type: string }>(types: {
  readonly [type: string]: RecordType
}): Codec<T> {
  return {
    encode(value) {
      const known = types[value.type]
      if (!known) throw new TypeError(`no record type ${value.type}: add it to packages/contracts`)
      return canonicalJson({ ...value, v: known.version })
    },

    decode(bytes) {
      const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')
      let raw: unknown
      try {
        raw = JSON.parse(text)
      } catch (error) {
        return fail('not-json', `not JSON: ${(error as Error).message}`)
      }
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return fail('no-type', 'not a JSON object')
      const { v, ...fields } = raw as Record<string, unknown>
      const type = fields.type
      if (typeof type !== 'string') return fail('no-type', 'member `type` is missing')
      const known = Object.hasOwn(types, type) ? types[type] : undefined
      if (!known)
        return fail(
          'unknown-type',
          `unknown record type ${JSON.stringify(type)}: written by a newer Rollcall? Upgrade this one`,
        )
      if (typeof v !== 'number' || !Number.isInteger(v) || v < 1) {
        return fail('invalid', `${type}: member \`v\` must be a positive integer, not ${JSON.stringify(v)}`)
      }
      if (v > known.version) {
        return fail(
          'future-version',
          `${type} version ${v}: this program knows versions up to ${known.version}. Upgrade it; the record is kept`,
        )
      }
      let body: Record<string, unknown> = fields
      for (let from = v; from < known.version; from++) {
        const upcast = known.upcasts?.[from]
        if (!upcast) return fail('invalid', `${type} version ${v}: no upcast from version ${from}`)
        body = upcast(body)
      }
      const parsed = known.schema.safeParse(body)
      if (!parsed.success) return fail('invalid', `${type}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
      return { ok: true, value: parsed.data as T }
    },
  }
}

/** The body with these members added to one of its objects. */
function within(body: Record<string, unknown>, member: string, added: object): Record<string, unknown> {
  return { ...body, [member]: { ...(body[member] as object), ...added } }
}

const withConditions: Upcast = body => ({ ...body, conditions: null })
const asksNothing: Upcast = body => ({ ...body, asked: null })

/** Versions start at 1. When a schema changes: its new version here, and the upcast from the one before. */
const eventVersions: { readonly [T in EventType]?: Required<Pick<RecordType, 'version' | 'upcasts'>> } = {
  ClusterIdentified: {
    version: 3,
    upcasts: {
      1: body => ({ ...body, overridesAsked: true, guard: null }),
      2: body => ({ ...body, creationRate: null }),
    },
  },
  HoldApproved: { version: 2, upcasts: { 1: body => ({ ...body, seen: null }) } },
  PodObserved: { version: 2, upcasts: { 1: body => within(body, 'pod', { restarts: 0, trouble: null }) } },
  DaemonSetObserved: { version: 2, upcasts: { 1: body => within(body, 'daemonSet', { conditions: [] }) } },
  ModeRequested: {
    version: 2,
    upcasts: {
      1: ({ requestedBy, ...body }) => ({ ...body, intent: '', askedBy: { user: requestedBy, via: 'unknown' } }),
    },
  },
}

const eventTypes = Object.fromEntries(
  Object.entries(eventSchemas).map(([type, schema]): [string, RecordType] => [
    type,
    { version: 1, ...eventVersions[type as EventType], schema },
  ]),
)

export const eventCodec: Codec<Event> = createCodec<Event>(eventTypes)

const commandTypes = Object.fromEntries(
  commandSchema.options.map(schema => [schema.shape.type.value, { version: 1, schema } satisfies RecordType]),
)
Object.assign(commandTypes, {
  CreatePod: { ...commandTypes.CreatePod, version: 2, upcasts: { 1: asksNothing } },
  WriteStatus: { ...commandTypes.WriteStatus, version: 2, upcasts: { 1: withConditions } },
})

export const commandCodec: Codec<Command> = createCodec<Command>(commandTypes)

const pointType = 'DecisionPoint'

/** A decision point carries its commands as they are: what was added to one of them is added here, too. */
const inCommands =
  (type: CommandType, upcast: Upcast): Upcast =>
  body => {
    if (!Array.isArray(body.commands)) return body
    const commands = body.commands.map((command: Record<string, unknown> | null) =>
      command?.type === type ? upcast(command) : command,
    )
    return { ...body, commands }
  }
const pointUpcasts = { 1: inCommands('WriteStatus', withConditions), 2: inCommands('CreatePod', asksNothing) }
const pointCodec = createCodec<DecisionPoint & { readonly type: typeof pointType }>({
  [pointType]: { version: 3, schema: decisionPointSchema, upcasts: pointUpcasts },
})

/** Decision points carry no `type` of their own: it is added when one is written, and dropped when it is read. */
export const decisionPointCodec: Codec<DecisionPoint> = {
  encode: point => pointCodec.encode({ ...point, type: pointType }),
  decode: text => pointCodec.decode(text),
}
