import { eventFilter } from '../answers/event-filter.ts'
import { type Places, parseFrom, readPlaces } from '../answers/places.ts'
import { expectClusters } from '../answers/unknown.ts'
import type { Follow } from '../http/app.ts'
import { readQuestion } from '../http/question.ts'
import type { AuditorPorts } from '../ports.ts'
import { ProblemError } from '../problem.ts'
import type { AuditorSettings } from '../settings.ts'
import { followStream } from './follower.ts'
import type { Heads } from './heads.ts'

/** Opens event streams, as many at once as the settings allow. */
export function createFollow(
  ports: Pick<AuditorPorts, 'store' | 'timers' | 'logger' | 'metrics'> & { readonly heads: Heads },
  settings: AuditorSettings,
): Follow {
  const { store, metrics } = ports
  let followers = 0

  return async ({ search, lastEventId, instance, cut }) => {
    const { query } = readQuestion('follow', {}, search)
    const filter = eventFilter(query)
    const clusters = query.cluster ?? null
    const given = lastEventId ? readPlaces(lastEventId) : query.from ? parseFrom(query.from, query.cluster) : null
    await expectClusters(store, query.cluster)
    if (query.from) await expectClusters(store, [...parseFrom(query.from, query.cluster).keys()])
    if (followers >= settings.followersMax) {
      const detail = `${settings.followersMax} event streams are open`
      throw new ProblemError('too-many-followers', detail, 'end one, or try again later')
    }
    followers += 1
    metrics.followers(followers)
    const ended = () => {
      followers -= 1
      metrics.followers(followers)
    }
    try {
      const from = await placesToBegin(given, lastEventId !== undefined)
      const body = followStream(ports, settings, { clusters, filter, from, instance, cut }, ended)
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      })
    } catch (error) {
      ended()
      throw error
    }
  }

  /** The end of every stream that is there, unless a place is given; with an id, streams it does not name are new. */
  async function placesToBegin(given: Places | null, isResumed: boolean): Promise<Places> {
    if (given !== null && isResumed) return given
    const ends = await store.heads(null)
    return new Map([...ends, ...(given ?? [])])
  }
}
