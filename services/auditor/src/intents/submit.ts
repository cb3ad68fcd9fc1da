import { randomUUID } from 'node:crypto'
import { type AskedBy, canonicalJson, eventCodec, nearNames, topics } from '@rollcall/contracts'
import type { Intent, IntentContent, IntentEvent } from '@rollcall/contracts/api'
import { EventLogError } from '@rollcall/event-log'
import { wait } from '@rollcall/service'
import type { AuditStore, RecordedIntent } from '@rollcall/store'
import { unknown } from '../answers/unknown.ts'
import type { AuditorPorts } from '../ports.ts'
import { ProblemError } from '../problem.ts'
import type { AuditorSettings } from '../settings.ts'

/** How often it is looked for what was asked. */
const lookEveryMs = 50

/** What somebody asks for. `key` null: none was sent, so that asking again would be asking twice. */
export type Asked = {
  readonly cluster: string
  readonly askedBy: AskedBy
  readonly key: string | null
  readonly content: IntentContent
}

/**
 * Appends an intent to the log of its cluster, and resolves when it has come back: it is on record, and has its place in the
 * order of everything that happened there. @throws ProblemError
 */
export async function submit(
  ports: Pick<AuditorPorts, 'store' | 'log' | 'clock' | 'timers' | 'onlyObserved'>,
  { intentMsMax }: Pick<AuditorSettings, 'intentMsMax'>,
  { cluster, askedBy, key, content }: Asked,
): Promise<Intent> {
  const { store, log, clock, timers } = ports
  if (log === null)
    throw new ProblemError('forbidden', 'nothing can be asked for here', 'start the auditor with --users')
  if (!(await store.heads([cluster])).has(cluster)) throw await unknown(store, { kind: 'cluster' }, cluster)
  if (content.type === 'ModeRequested' && content.mode === 'control' && ports.onlyObserved?.has(cluster)) {
    const mend = 'start rollcall up with --control'
    throw new ProblemError('forbidden', `this process only observes ${cluster}, and has nothing to act with`, mend)
  }
  const intent = key ?? randomUUID()
  const before = await store.intent(cluster, intent)
  if (before !== null) return theSame(before, content, askedBy)
  const bound = await expectSensible(store, cluster, content)
  const event = { ...bound, cluster, at: clock.now(), intent, askedBy } as IntentEvent
  try {
    await log.append(topics.events, [{ key: cluster, value: eventCodec.encode(event) }])
  } catch (error) {
    if (!(error instanceof EventLogError)) throw error
    const mend = `ask again with the header Idempotency-Key: ${intent}; it is done once`
    throw new ProblemError(
      'log-away',
      `the log cannot say that it has it: ${error.message}`,
      mend,
      {},
      { cause: error },
    )
  }
  const deadline = clock.now() + intentMsMax
  do {
    const recorded = await store.intent(cluster, intent)
    if (recorded !== null) return theSame(recorded, content, askedBy)
    await wait(timers, lookEveryMs)
  } while (clock.now() < deadline)
  throw new ProblemError(
    'not-yet-on-record',
    `it is in the log of ${cluster}, but was not on record within ${intentMsMax / 1_000} s`,
    `see that a reconciler runs; it counts as soon as one reads it. Ask again with the header Idempotency-Key: ${intent}`,
  )
}

/**
 * What can be seen to be moot is not asked: a hold that there is not, or that is settled. Gives what is asked: an approval is of no
 * more than is on record now. @throws ProblemError
 */
async function expectSensible(store: AuditStore, cluster: string, content: IntentContent): Promise<IntentContent> {
  if (content.type !== 'HoldApproved' && content.type !== 'HoldRejected') return content
  const page = { after: null, limit: 1 }
  const [hold] = (await store.holds({ cluster: [cluster], hold: content.hold }, page)).items
  if (hold === undefined) {
    const { items } = await store.holds(
      { cluster: [cluster], state: ['open', 'rejected'] },
      { after: null, limit: 100 },
    )
    const didYouMean = nearNames(
      content.hold,
      items.map(({ id }) => id),
    )
    const mend = 'rollcall holds lists those that wait'
    throw new ProblemError('unknown-hold', `no hold ${content.hold} is on record in cluster ${cluster}`, mend, {
      didYouMean,
    })
  }
  if (hold.state === 'open' || hold.state === 'rejected') {
    return content.type === 'HoldApproved' ? { ...content, seen: content.seen ?? hold.position } : content
  }
  const how = hold.state === 'approved' ? `was approved${hold.by ? ` by ${hold.by.user}` : ''}` : 'has dissolved'
  throw new ProblemError(
    'hold-settled',
    `hold ${hold.id} ${how} at ${hold.changedAt}`,
    'there is nothing left to settle',
  )
}

/** One key is one intent of one user; whoever sends another's learns nothing of it. @throws ProblemError `key-used` */
function theSame(
  { body, ...recorded }: RecordedIntent,
  { type, ...content }: IntentContent,
  { user }: AskedBy,
): Intent {
  if (recorded.user !== user) {
    throw new ProblemError(
      'key-used',
      `the key ${recorded.intent} was used by somebody else`,
      'send a new Idempotency-Key for each thing that is asked for: a UUID is nobody else’s',
    )
  }
  // Who did not say what had been seen meant what was on record then.
  const asked =
    'seen' in content && content.seen === null ? { ...content, seen: (body as { seen: number }).seen } : content
  if (recorded.type === type && canonicalJson(body) === canonicalJson(asked)) return recorded
  throw new ProblemError(
    'key-used',
    `the key ${recorded.intent} was used for something else: ${recorded.type} at position ${recorded.position}`,
    'send a new Idempotency-Key for each thing that is asked for',
  )
}
