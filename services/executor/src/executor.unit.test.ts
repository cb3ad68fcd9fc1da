import type { Command } from '@rollcall/contracts'
import { UnreachableError } from '@rollcall/kube'
import { settled } from '@rollcall/service'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiError, type FakeCluster } from './testing/fake-cluster.ts'
import {
  aboutDaemonSet,
  createPodCommand,
  daemonSet,
  deletePodCommand,
  putDaemonSet,
  statusCommand,
} from './testing/make.ts'
import { logDown } from './testing/scripted-log.ts'
import { storeDown } from './testing/scripted-store.ts'
import { startOnFakes } from './testing/start.ts'

const { namespace } = daemonSet
const nodes = (count: number, first = 0) => Array.from({ length: count }, (_, index) => `n${first + index}`)
const creates = (count: number, more: Parameters<typeof createPodCommand>[1] = {}) =>
  nodes(count).map(node => createPodCommand(node, more))

/** Holds requests back until the test lets them go. */
function holdBack(cluster: FakeCluster, matches: (verb: string, resource: string) => boolean) {
  const held: { name: string; go: () => void; fail: (error: Error) => void }[] = []
  cluster.interfere = ({ verb, resource, name }, signal) => {
    if (!matches(verb, resource)) return
    return new Promise<void>((resolve, reject) => {
      held.push({ name, go: resolve, fail: reject })
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
  return held
}

describe('from command to outcome', () => {
  test('a command is done, its outcome appended, and only then its offset committed', async () => {
    const { log, store, time, c1 } = await startOnFakes()
    log.failure = logDown()
    const command = createPodCommand('n1')
    await log.deliver(command)
    await time.advance(1_000)
    expect(c1.all('Pod')).toHaveLength(1)
    expect(store.offset).toBeNull()
    log.failure = null
    await time.advance(11_000)
    expect(log.events).toMatchObject([
      {
        type: 'CommandSettled',
        cluster: 'c1',
        commandId: command.id,
        commandType: 'CreatePod',
        slot: command.slot,
        result: 'done',
        object: { name: command.podName },
        answer: null,
        attempts: 1,
      },
    ])
    expect(store.offset).toBe(1n)
  })

  test('commands of different slots run side by side, those of one slot in order', async () => {
    const { log, c1 } = await startOnFakes()
    const pods = ['a', 'b', 'c'].map(name => ({ name, uid: `u-${name}` }))
    for (const { name, uid } of pods) c1.put('Pod', { metadata: { namespace, name, uid } })
    const held = holdBack(c1, verb => verb === 'delete')
    const [a, b, c] = pods as [(typeof pods)[0], (typeof pods)[0], (typeof pods)[0]]
    await log.deliver(deletePodCommand('n1', a), deletePodCommand('n1', b), deletePodCommand('n2', c))
    await settled()
    expect(held.map(({ name }) => name)).toEqual(['a', 'c'])
    held[0]?.go()
    await settled()
    expect(held.map(({ name }) => name)).toEqual(['a', 'c', 'b'])
  })

  test('a batch is taken without waiting for its slowest command', async () => {
    const { log, c1 } = await startOnFakes()
    holdBack(c1, verb => verb === 'delete')
    await log.deliver(deletePodCommand('n1', { name: 'slow', uid: 'u' }))
    await log.deliver(statusCommand(1))
    await settled()
    expect(log.outcomes()).toHaveLength(1)
  })

  test('a newer command that has arrived makes the older of its slot moot', async () => {
    const { log, c1 } = await startOnFakes()
    const [first, second, third] = [1, 2, 3].map(ready => statusCommand(ready)) as [Command, Command, Command]
    await log.deliver(first, second, third)
    await settled()
    expect(log.outcomes()).toEqual([`${first.id} skipped`, `${second.id} skipped`, `${third.id} done`])
    expect(c1.count('patch', 'DaemonSet')).toBe(1)
  })

  test('what has an outcome on record is not done again, and says nothing again', async () => {
    const { log, store, time, c1 } = await startOnFakes()
    const [old, fresh] = creates(2) as [Command, Command]
    store.settled.add(old.id)
    await log.deliver(old, fresh)
    await time.advance(1_000)
    expect(log.outcomes()).toEqual([`${fresh.id} done`])
    expect(c1.count('create', 'Pod')).toBe(1)
    expect(store.offset).toBe(2n)
  })

  test('a command that is delivered twice, at another offset too, is done once', async () => {
    const { log, store, time, c1 } = await startOnFakes()
    const held = holdBack(c1, verb => verb === 'create')
    const command = createPodCommand('n1')
    const records = await log.deliver(command)
    await log.redeliver(records)
    await log.deliver(command)
    await settled()
    expect(held).toHaveLength(1)
    held[0]?.go()
    await time.advance(1_000)
    await log.deliver(command)
    await time.advance(1_000)
    expect(log.outcomes()).toEqual([`${command.id} done`])
    expect(store.offset).toBe(3n)
  })

  test('a command that cannot be read is answered if it names itself, and stops nothing', async () => {
    const { log, store, time } = await startOnFakes()
    const known = { type: 'CreatePod', cluster: 'c1', id: 'from-the-future', slot: 's' }
    const good = createPodCommand('n1')
    await log.deliverValues(
      { key: 'c1', value: 'rubbish' },
      { key: 'c1', value: JSON.stringify({ ...known, v: 99 }) },
      { key: 'c1', value: JSON.stringify({ type: 'Unheard', v: 1, cluster: 'c1', id: 'x', slot: 's' }) },
    )
    await log.deliver(good)
    await time.advance(1_000)
    expect(log.outcomes().sort()).toEqual([`${good.id} done`, 'from-the-future refused'].sort())
    expect(store.offset).toBe(4n)
    expect(store.deadLetters).toMatchObject([
      { offset: 0n, key: 'c1', code: 'not-json', bytes: Buffer.from('rubbish') },
      { offset: 1n, code: 'future-version' },
      { offset: 2n, code: 'unknown-type' },
    ])
  })

  test('any order of completion: the offset is never beyond an unfinished command, and ends past the last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(nodes(12), { minLength: 12, maxLength: 12 }), async order => {
        const { log, store, time, c1, executor } = await startOnFakes()
        for (const name of order) c1.put('Pod', { metadata: { namespace, name, uid: `u-${name}` } })
        const held = holdBack(c1, verb => verb === 'delete')
        await log.deliver(...nodes(12).map(name => deletePodCommand(name, { name, uid: `u-${name}` })))
        await settled()
        const open = new Set(nodes(12))
        for (const name of order) {
          held.find(request => request.name === name)?.go()
          open.delete(name)
          await time.advance(500)
          const unfinished = Math.min(12, ...[...open].map(left => Number(left.slice(1))))
          expect(Number(store.offset ?? 0n)).toBe(unfinished)
        }
        await executor.stop()
      }),
      { numRuns: 20 },
    )
  })
})

describe('slow start (spec §3.6)', () => {
  test('refusals: the rest of the DaemonSet is left out, after at most twice the successes', async () => {
    const { log, time, c1 } = await startOnFakes()
    let left = 10
    c1.interfere = call => {
      if (call.verb === 'create' && call.resource === 'Pod' && left-- <= 0)
        throw apiError(403, 'Forbidden', 'exceeded quota')
    }
    await log.deliver(...creates(200))
    await time.advance(1_000)
    const count = (result: string) => log.outcomes().filter(outcome => outcome.endsWith(` ${result}`)).length
    expect(count('done')).toBe(10)
    expect(count('refused')).toBeLessThanOrEqual(12)
    expect(count('refused') + count('notAttempted')).toBe(190)
    const leftOut = log.events.find(event => event.type === 'CommandSettled' && event.result === 'notAttempted')
    expect(leftOut).toMatchObject({ answer: { code: 403, message: 'exceeded quota' } })
  })

  test('when nothing works, one creation is tried', async () => {
    const { log, time, c1 } = await startOnFakes()
    c1.interfere = call => {
      if (call.verb === 'create' && call.resource === 'Pod') throw apiError(403, 'Forbidden', 'exceeded quota')
    }
    await log.deliver(...creates(100))
    await time.advance(1_000)
    expect(c1.count('create', 'Pod')).toBe(1)
    expect(log.outcomes()).toHaveLength(100)
  })

  test('another DaemonSet of the cluster is not touched by it', async () => {
    const { log, time, c1 } = await startOnFakes()
    const other = { ...daemonSet, name: 'calm', uid: 'calm-uid' }
    const revision = { name: 'calm-1', hash: '1' }
    c1.put('ControllerRevision', {
      metadata: { namespace, name: revision.name, ownerReferences: [{ uid: other.uid, controller: true }] },
      data: { spec: { template: { metadata: { labels: { app: 'calm' } }, spec: {} } } },
    })
    c1.interfere = call => {
      if (call.verb === 'create' && call.name.startsWith('fluentd')) throw apiError(422, 'Invalid', 'bad')
    }
    await log.deliver(
      ...nodes(20).flatMap(node => [
        createPodCommand(node),
        createPodCommand(node, { of: other, revision, podName: `calm-${node}` }),
      ]),
    )
    await time.advance(1_000)
    expect(c1.all('Pod')).toHaveLength(20)
  })
})

describe('trouble', () => {
  test('429 is tried again, after Retry-After', async () => {
    const { log, time, c1 } = await startOnFakes()
    let refusals = 1
    c1.interfere = call => {
      if (call.verb === 'create' && refusals-- > 0)
        throw apiError(429, 'TooManyRequests', 'slow down', { retryAfterMs: 5_000 })
    }
    await log.deliver(createPodCommand('n1'))
    await time.advance(4_900)
    expect(log.outcomes()).toEqual([])
    await time.advance(200)
    expect(log.events).toMatchObject([{ result: 'done', attempts: 2 }])
  })

  test('what lasts is reported, at growing intervals', async () => {
    const { log, time, c1 } = await startOnFakes()
    c1.interfere = () => {
      throw apiError(500, 'InternalError', 'failed calling webhook')
    }
    const command = deletePodCommand('n1', { name: 'p', uid: 'u' })
    await log.deliver(command)
    await time.advance(14_000)
    expect(log.events).toEqual([])
    await time.advance(3_000)
    const delayed = { type: 'CommandDelayed', commandId: command.id, message: 'failed calling webhook' }
    expect(log.events).toMatchObject([delayed])
    await time.advance(105_000)
    expect(log.events.length).toBeGreaterThan(2)
    expect(log.events.length).toBeLessThan(5)
    c1.interfere = () => undefined
    await time.advance(31_000)
    expect(log.outcomes()).toEqual([`${command.id} alreadyDone`])
  })

  test('a cluster that does not answer holds only itself up, though it shares the partition', async () => {
    const { log, store, time, cluster, executor } = await startOnFakes({ clusters: ['c1', 'c2'] })
    cluster('c1').interfere = () => {
      throw new UnreachableError('connection refused')
    }
    const dead = creates(300)
    await log.deliver(...dead.flatMap((command, index) => [command, createPodCommand(`n${index}`, { cluster: 'c2' })]))
    await time.advance(60_000)
    expect(cluster('c2').all('Pod')).toHaveLength(300)
    expect(store.offset).toBeNull()
    // 60 s of outage cost a few attempts, not thousands.
    expect(cluster('c1').seen.length).toBeLessThan(40)
    expect(executor.outages()).toEqual(['cluster c1: connection refused; 300 commands wait'])
    expect(executor.troubles()).toMatchObject({ configuration: null, outcomes: null })
    // All of them are known to be held up, not only those that were tried.
    const reported = new Set(log.events.flatMap(event => (event.type === 'CommandDelayed' ? [event.commandId] : [])))
    expect(reported.size).toBe(300)

    cluster('c1').interfere = () => undefined
    await time.advance(35_000)
    expect(cluster('c1').all('Pod')).toHaveLength(300)
    expect(store.offset).toBe(600n)
    expect(executor.outages()).toEqual([])
  })

  test('a request without an answer ends after the time limit', async () => {
    const { log, time, c1 } = await startOnFakes({ executor: { requestTimeoutMs: 10_000 } })
    const held = holdBack(c1, verb => verb === 'create')
    const command = createPodCommand('n1')
    await log.deliver(command)
    await time.advance(11_000)
    expect(held).toHaveLength(2)
    held[1]?.go()
    await settled()
    expect(log.outcomes()).toEqual([`${command.id} done`])
  })

  test('a creation whose answer was lost is recognised as done', async () => {
    const { log, time, c1 } = await startOnFakes()
    const command = createPodCommand('n1')
    let lost = false
    c1.interfere = async (call, signal) => {
      if (call.verb !== 'create' || call.resource !== 'Pod' || lost) return
      lost = true
      await c1.create('Pod', namespace, call.body as string, signal)
      throw new UnreachableError('socket hang up')
    }
    await log.deliver(command)
    await time.advance(2_000)
    expect(log.events).toMatchObject([{ result: 'alreadyDone', attempts: 2, object: { name: command.podName } }])
  })

  test('commands of a cluster without credentials wait, and /readyz says so', async () => {
    const { log, time, executor, apis, cluster } = await startOnFakes({ clusters: ['c1', 'c2'] })
    apis.delete('c2')
    const command = createPodCommand('n1', { cluster: 'c2' })
    await log.deliver(command)
    await time.advance(20_000)
    const sentence = 'this executor has no credentials for cluster c2: add it to the configuration of every executor'
    expect(executor.troubles().configuration).toBe(`${sentence}; 1 commands wait`)
    expect(log.events).toMatchObject([{ type: 'CommandDelayed', commandId: command.id, message: sentence }])
    apis.set('c2', cluster('c2'))
    await time.advance(2_000)
    expect(log.outcomes()).toEqual([`${command.id} done`])
    expect(executor.troubles().configuration).toBeNull()
  })

  test('a creation whose answer was lost gives way to a newer one of its slot', async () => {
    const { log, time, c1 } = await startOnFakes()
    const [first, second] = [createPodCommand('n1'), createPodCommand('n1')]
    c1.interfere = ({ verb, name }) => {
      if (verb === 'create' && name === first.podName) throw new UnreachableError('the answer was lost')
    }
    await log.deliver(first)
    await log.deliver(second)
    await time.advance(60_000)
    expect(log.outcomes()).toEqual([`${first.id} skipped`, `${second.id} done`])
    expect(c1.all('Pod').map(({ metadata }) => (metadata as { name: string }).name)).toEqual([second.podName])
  })

  test('a defect in a command is its outcome, not the end of the stream', async () => {
    const { log, time, c1 } = await startOnFakes()
    c1.interfere = call => {
      if (call.name === 'odd') throw new TypeError('cannot read properties of undefined')
    }
    const odd = deletePodCommand('n1', { name: 'odd', uid: 'u' })
    const good = createPodCommand('n2')
    await log.deliver(odd, good)
    await time.advance(1_000)
    expect(log.outcomes().sort()).toEqual([`${odd.id} refused`, `${good.id} done`].sort())
  })

  test('while the log takes no outcomes, nothing more is begun beyond a bound', async () => {
    const { log, time, c1 } = await startOnFakes()
    log.failure = logDown()
    await log.deliver(...nodes(7_000).map(name => deletePodCommand(name, { name, uid: 'u' })))
    await time.advance(5_000)
    expect(c1.seen.length).toBeGreaterThanOrEqual(5_000)
    expect(c1.seen.length).toBeLessThan(5_300)
    log.failure = null
    await time.advance(20_000)
    expect(log.outcomes()).toHaveLength(7_000)
  })

  test('a full lane makes the partition wait, until there is room', async () => {
    const { log, time, c1 } = await startOnFakes({ executor: { heldPerClusterMax: 10 } })
    const held = holdBack(c1, verb => verb === 'delete')
    let isTaken = false
    const batch = log.deliver(...nodes(15).map(name => deletePodCommand(name, { name, uid: 'u' }))).then(() => {
      isTaken = true
    })
    await settled()
    expect([isTaken, held.length]).toEqual([false, 10])
    for (const { go } of held.slice(0, 5)) go()
    await time.advance(100)
    await batch
    expect(held).toHaveLength(15)
  })

  test('a command sent again and again takes one place, however full: other clusters go on', async () => {
    const { log, store, time, apis, cluster } = await startOnFakes({
      clusters: ['c1', 'c2'],
      executor: { heldMax: 5, heldPerClusterMax: 5 },
    })
    apis.delete('c2')
    const stuck = createPodCommand('n1', { cluster: 'c2' })
    for (let time = 0; time < 20; time++) await log.deliver(stuck)
    const other = createPodCommand('n1')
    await log.deliver(other)
    await time.advance(1_000)
    expect(log.outcomes()).toEqual([`${other.id} done`])
    // Its last record stands for the earlier ones.
    expect(store.offset).toBe(19n)
    apis.set('c2', cluster('c2'))
    await time.advance(2_000)
    expect(log.outcomes()).toEqual([`${other.id} done`, `${stuck.id} done`])
    expect(store.offset).toBe(21n)
  })

  test('a store that does not answer: the batch comes again, nothing is done twice', async () => {
    const { log, store, time, c1 } = await startOnFakes()
    store.failure = storeDown()
    const command = createPodCommand('n1')
    await expect(log.deliver(command)).rejects.toThrow('no database answers')
    expect(c1.seen).toEqual([])
    store.failure = null
    await log.deliver(command)
    store.failure = storeDown()
    await time.advance(1_000)
    expect(log.outcomes()).toEqual([`${command.id} done`])
    store.failure = null
    await time.advance(1_000)
    expect(store.offset).toBe(2n)
  })
})

describe('ownership', () => {
  test('a revoked partition: what is under way is aborted, nothing more is begun, the rest is committed', async () => {
    const { log, store, time, c1 } = await startOnFakes({
      executor: { limit: { initial: 2, max: 2, tolerance: 4, floorMs: 5 } },
    })
    const held = holdBack(c1, verb => verb === 'delete')
    await log.deliver(...nodes(5).map(name => deletePodCommand(name, { name, uid: 'u' })))
    await settled()
    expect(held.map(({ name }) => name)).toEqual(['n0', 'n1'])
    held[0]?.go()
    await settled()
    await log.revoke()
    expect(store.offset).toBe(1n)
    await time.advance(60_000)
    expect(c1.seen.filter(({ verb }) => verb === 'delete')).toHaveLength(3)
    expect(log.outcomes()).toHaveLength(1)
  })

  test('assigned again, it goes on where the offset says', async () => {
    const { log, store, time, c1 } = await startOnFakes()
    const held = holdBack(c1, verb => verb === 'delete')
    const records = await log.deliver(...nodes(3).map(name => deletePodCommand(name, { name, uid: 'u' })))
    await settled()
    held[0]?.go()
    held[2]?.go()
    await settled()
    await log.revoke()
    c1.interfere = () => undefined
    expect(await log.assign()).toBe(1n)
    await log.redeliver(records.slice(1))
    await time.advance(1_000)
    expect(store.offset).toBe(3n)
    expect(log.outcomes()).toHaveLength(3)
  })

  test('a stale epoch is noticed while nothing completes, and ends all work on the partition', async () => {
    const { log, store, time, c1, logger } = await startOnFakes()
    const held = holdBack(c1, verb => verb === 'delete')
    await log.deliver(deletePodCommand('n0', { name: 'n0', uid: 'u' }))
    held[0]?.go()
    await time.advance(300)
    await log.deliver(...nodes(40, 1).map(name => deletePodCommand(name, { name, uid: 'u' })))
    await settled()
    const begun = c1.seen.length
    store.stealOwnership()
    await time.advance(2_500)
    expect(logger.lines.some(({ message }) => message.includes('is stale'))).toBe(true)
    await time.advance(10_000)
    expect(c1.seen).toHaveLength(begun)
    expect(log.outcomes()).toHaveLength(1)
    await expect(log.deliver(createPodCommand('n1'))).rejects.toThrow()
    expect(store.offset).toBe(1n)
  })

  test('fenced, but still counted as the owner by the log: it joins the group anew', async () => {
    const { log, store, time } = await startOnFakes()
    await log.deliver(statusCommand(1))
    store.stealOwnership()
    await time.advance(500)
    expect(log.subscriptions).toBe(1)
    await time.advance(2_000)
    expect(log.subscriptions).toBe(2)
    await log.assign()
    const command = statusCommand(2)
    await log.deliver(command)
    await time.advance(500)
    expect(log.outcomes().at(-1)).toBe(`${command.id} done`)
  })

  test('a graceful stop lets what is under way end, and commits it', async () => {
    const { log, store, time, c1, executor } = await startOnFakes()
    const held = holdBack(c1, verb => verb === 'delete')
    await log.deliver(...nodes(2).map(name => deletePodCommand(name, { name, uid: 'u' })))
    await settled()
    const stopped = executor.stop()
    for (const { go } of held) go()
    await time.advance(100)
    await stopped
    expect(log.outcomes()).toHaveLength(2)
    expect(store.offset).toBe(2n)
    expect(time.armed()).toBe(0)
  })
})

describe('Kubernetes Events', () => {
  const events = (cluster: FakeCluster) =>
    cluster.all('Event').map(event => event as { message: string; count: number })

  test('creations are told of, within the budget, beside the commands', async () => {
    const { log, time, c1 } = await startOnFakes()
    await log.deliver(...creates(100))
    await time.advance(30_000)
    expect(c1.all('Pod')).toHaveLength(100)
    // Nine of their own and one for all further ones, whose count rises while the budget of 25 lasts.
    expect(events(c1)).toHaveLength(10)
    expect(events(c1).at(-1)?.message).toMatch(/^\(combined from similar events\): Created pod: /)
    expect(c1.count('create', 'Event') + c1.count('patch', 'Event')).toBe(25)
    expect(c1.all('Event')[0]).toMatchObject({
      involvedObject: { apiVersion: 'apps/v1', kind: 'DaemonSet', ...daemonSet },
      type: 'Normal',
      reason: 'SuccessfulCreate',
      source: { component: 'daemonset-controller' },
      firstTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  test('a RecordEvent is written and has its outcome; nothing waits for it', async () => {
    const { log, time, c1 } = await startOnFakes()
    const held = holdBack(c1, (verb, resource) => verb === 'create' && resource === 'Event')
    const record = aboutDaemonSet('RecordEvent', {
      eventType: 'Warning',
      reason: 'FailedDaemonPod',
      message: 'will try',
    })
    const status = statusCommand(1)
    await log.deliver(record, status)
    await time.advance(5_000)
    expect(log.outcomes()).toEqual([`${status.id} done`])
    held[0]?.go()
    await time.advance(1_000)
    expect(log.outcomes()).toEqual([`${status.id} done`, `${record.id} done`])
    expect(events(c1)).toMatchObject([{ message: 'will try', count: 1 }])
  })

  test('an Event that cannot be written is given up, and stops nothing', async () => {
    const { log, time, c1 } = await startOnFakes()
    c1.interfere = call => {
      if (call.resource === 'Event') throw apiError(500, 'InternalError', 'no events today')
    }
    const record = aboutDaemonSet('RecordEvent', { eventType: 'Normal', reason: 'R', message: 'm' })
    const create = createPodCommand('n1')
    await log.deliver(record, create)
    await time.advance(120_000)
    expect(log.outcomes()).toEqual([`${create.id} done`, `${record.id} refused`])
    expect(c1.all('Event')).toEqual([])
  })
})

describe('rights', () => {
  test('what is missing is named, with its cluster, until it is granted', async () => {
    const { c1, time, executor, logger } = await startOnFakes()
    c1.missing = [
      { verb: 'create', group: '', resource: 'pods' },
      { verb: 'patch', group: 'apps', resource: 'daemonsets', subresource: 'status' },
    ]
    await time.advance(300_000)
    const sentence =
      'cluster c1: the credentials lack create pods: no pods are created; patch daemonsets.apps/status: no status is written. Grant them: infra/rbac/executor.yaml'
    expect(executor.troubles().rights).toBe(sentence)
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'error', message: sentence }))
    c1.missing = []
    await time.advance(300_000)
    expect(executor.troubles()).toEqual({ commands: null, outcomes: null, configuration: null, rights: null })
  })

  test('what only annotations ask for is named once, and the executor is ready without it', async () => {
    const { c1, time, executor, logger } = await startOnFakes()
    c1.missing = [{ verb: 'patch', group: '', resource: 'nodes' }]
    await time.advance(900_000)
    expect(executor.troubles().rights).toBeNull()
    expect(logger.lines.filter(({ message }) => message.includes('lack'))).toEqual([
      expect.objectContaining({
        level: 'warn',
        message:
          'cluster c1: where annotations ask for it, the credentials lack patch nodes: startup taints stay (rollcall.dev/startup-taint). Grant them: infra/rbac/executor-annotations.yaml',
      }),
    ])
  })
})

test('five thousand creations over five clusters all come to their end', async () => {
  const names = ['c1', 'c2', 'c3', 'c4', 'c5']
  const { log, store, time, cluster } = await startOnFakes({ clusters: names })
  for (const name of names) putDaemonSet(cluster(name))
  for (const name of names) await log.deliver(...creates(1_000, { cluster: name }))
  await time.advance(10_000)
  for (const name of names) expect(cluster(name).all('Pod')).toHaveLength(1_000)
  expect(store.offset).toBe(5_000n)
})
