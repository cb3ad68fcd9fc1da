import { ApiStatusError } from '../objects/object-store.ts'

/** The patch is well formed, but does not fit the object. kube-apiserver says no more than this. */
export function cannotApply(): ApiStatusError {
  return new ApiStatusError(422, 'Invalid', 'the server rejected our request due to an error in our request')
}
