import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { type FieldError, invalidValue } from './field-error.ts'
import { nonNegative } from './numbers.ts'
import { plainStrategy } from './strategy.ts'

/** `pkg/apis/coordination/validation`. */
export const leaseStrategy: Strategy = {
  ...plainStrategy,
  *validateCreate(lease) {
    yield* plainStrategy.validateCreate(lease)
    yield* validateLease(lease)
  },
  *validateUpdate(lease, present) {
    yield* plainStrategy.validateUpdate(lease, present)
    yield* validateLease(lease)
  },
}

function* validateLease({ spec }: KubeObject): Iterable<FieldError> {
  const { leaseDurationSeconds, leaseTransitions } = (spec ?? {}) as {
    leaseDurationSeconds?: number
    leaseTransitions?: number
  }
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    yield invalidValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')
  }
  yield* nonNegative(leaseTransitions, 'spec.leaseTransitions')
}
