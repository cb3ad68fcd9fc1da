import type { Embedded, Overview, ShadowDifferences } from '@rollcall/embedded'
import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { isComplete } from './complete.ts'
import type { UpOptions } from './options.ts'
import { asCliError } from './translate.ts'
import type { UpView } from './view.ts'

const redrawMs = 250
const firstSightMsMax = 5_000

/** What was seen last, and why nothing newer is. */
type Sight = {
  readonly overview: Overview
  readonly differences: ShadowDifferences
  readonly trouble: string | null
}
const nothingSeen: Sight = {
  overview: { clusters: [], recent: [], troubles: [] },
  differences: { items: [], isCut: false },
  trouble: null,
}

/**
 * Looks once more. A record that does not answer is no end: what was seen before stays. So does it when the signal aborts
 * meanwhile: an answer may take seconds.
 */
async function look(embedded: Embedded, before: Sight, signal: AbortSignal): Promise<Sight> {
  const aborted = Promise.withResolvers<null>()
  const onAbort = () => aborted.resolve(null)
  signal.addEventListener('abort', onAbort)
  try {
    if (signal.aborted) return before
    const asked = Promise.all([embedded.overview(), embedded.shadowDifferences()])
    const seen = await Promise.race([asked, aborted.promise])
    if (seen === null) return before
    const [overview, differences] = seen
    return { overview, differences, trouble: null }
  } catch (thrown) {
    const error = asCliError(thrown)
    if (!(error instanceof CliError)) throw error
    return { ...before, trouble: `the record does not answer: ${error.message}` }
  } finally {
    // The signal lives as long as the process.
    signal.removeEventListener('abort', onAbort)
  }
}

/** Waits a moment for the first nodes: with them the guide can name some. */
export async function firstSight(embedded: Embedded, signal: AbortSignal, ports: Ports): Promise<Overview> {
  const giveUpAt = ports.now() + firstSightMsMax
  let sight = nothingSeen
  for (;;) {
    sight = await look(embedded, sight, signal)
    const { clusters } = sight.overview
    const isSeen = clusters.length > 0 && clusters.every(({ nodes, trouble }) => nodes.total > 0 || trouble !== null)
    if (isSeen || signal.aborted || ports.now() >= giveUpAt) return sight.overview
    await ports.wait(redrawMs, signal)
  }
}

/** Shows the roll call until Ctrl-C, the end of a part, or (with `--once`) its completion. Returns what went wrong. */
export async function watch(
  embedded: Embedded,
  options: UpOptions,
  view: UpView,
  signal: AbortSignal,
  ports: Ports,
): Promise<Error | null> {
  const { once, timeoutMs } = options
  const failed: { error: Error | null } = { error: null }
  const ending = new AbortController()
  void embedded.failed.then(error => {
    failed.error = asCliError(error)
    ending.abort()
  })
  const either = AbortSignal.any([signal, ending.signal])
  const since = ports.now()
  let sight = nothingSeen
  while (!either.aborted) {
    sight = await look(embedded, sight, either)
    if (either.aborted) break
    const { overview, differences, trouble } = sight
    const troubles = trouble === null ? overview.troubles : [trouble]
    view.show({ overview, differences, troubles, note: once ? 'ends when complete' : null })
    if (once && trouble === null && isComplete(overview, options)) return null
    if (once && ports.now() - since > timeoutMs) {
      return new CliError(
        'incomplete',
        `the roll call was not complete after ${timeoutMs / 1_000} s (--timeout)`,
        `see ${embedded.dataDir}/rollcall.log`,
      )
    }
    await ports.wait(redrawMs, either)
  }
  return failed.error
}
