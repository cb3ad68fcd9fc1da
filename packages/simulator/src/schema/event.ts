import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { type FieldError, invalidValue, required } from './field-error.ts'
import { validateMetadata } from './metadata.ts'
import { plainStrategy } from './strategy.ts'

type Event = {
  readonly eventTime?: string | null
  readonly involvedObject?: { readonly namespace?: string }
  readonly reportingComponent?: string
  readonly reportingInstance?: string
  readonly action?: string
  readonly reason?: string
  readonly message?: string
}

/** Fields that an event with a time of its own must have, and their longest. */
const lengths = { reportingInstance: 128, action: 128, reason: 128 } as const
const messageLengthMax = 1_024

/** As kube-apiserver validates events that come through the core group (`pkg/apis/core/validation/events.go`). */
export const eventStrategy: Strategy = {
  ...plainStrategy,
  *validateCreate(object) {
    yield* validateMetadata(object, true, 'pathSegment')
    yield* validateEvent(object)
  },
  *validateUpdate(object, present) {
    yield* plainStrategy.validateUpdate(object, present)
    yield* validateEvent(object)
  },
}

function* validateEvent(object: KubeObject): Iterable<FieldError> {
  const event = object as unknown as Event
  const { namespace } = object.metadata
  const involved = event.involvedObject?.namespace ?? ''
  const mayBeClusterWide = event.eventTime ? ['default', 'kube-system'] : ['default']
  const agrees =
    involved === '' ? mayBeClusterWide.includes(namespace ?? '') : event.eventTime || involved === namespace
  if (!agrees) yield invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')
  if (!event.eventTime) return

  if (!event.reportingComponent) yield required('reportingComponent')
  for (const [field, max] of Object.entries(lengths)) {
    const value = event[field as keyof typeof lengths] ?? ''
    if (value === '') yield required(field)
    if (value.length > max) yield invalidValue(field, '', `can have at most ${max} characters`)
  }
  if ((event.message ?? '').length > messageLengthMax) {
    yield invalidValue('message', '', `can have at most ${messageLengthMax} characters`)
  }
}
