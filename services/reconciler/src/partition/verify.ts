import { BrokenStreamError } from '../errors.ts'
import type { ReconcilerPorts } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'
import { restoreState } from '../stream/restore.ts'
import type { Stream } from '../stream/stream.ts'

/**
 * A check for tests and suspicious days: after each n-th commit of a stream, folds what the store holds of it, and compares
 * with the state in memory. They must be the same, byte for byte.
 */
export function createVerifier(
  ports: ReconcilerPorts,
  settings: Pick<ReconcilerSettings, 'verifyEvery'>,
): (stream: Stream) => Promise<void> {
  let commits = 0
  return async stream => {
    if (settings.verifyEvery === 0 || ++commits % settings.verifyEvery !== 0) return
    const { state } = await restoreState(ports, stream.cluster)
    const [stored, live] = [ports.core.fingerprint(state), ports.core.fingerprint(stream.state)]
    if (stored === live) return
    const what = `the store folds to ${stored}, memory holds ${live}`
    throw new BrokenStreamError(stream.cluster, stream.state.position, what)
  }
}
