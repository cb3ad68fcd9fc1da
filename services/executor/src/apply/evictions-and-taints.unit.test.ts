import type { Command } from '@rollcall/contracts'
import { ApiError } from '@rollcall/kube'
import { describe, expect, test } from 'vitest'
import { identityOf, objectIn } from '../kube-objects.ts'
import { apiError } from '../testing/fake-cluster.ts'
import { daemonSet, evictPodCommand, untaintNodeCommand } from '../testing/make.ts'
import { toolsOnFake } from '../testing/tools.ts'
import { apply, type ObjectCommand } from './apply.ts'
import { judge } from './settlement.ts'
import type { Tools } from './tools.ts'

const { namespace } = daemonSet
const run = (command: Command, tools: Tools) => apply(command as ObjectCommand, tools, new AbortController().signal)

describe('EvictPod', () => {
  const withPod = () => {
    const fake = toolsOnFake()
    const { uid } = identityOf(fake.cluster.put('Pod', { metadata: { namespace, name: 'p1' } }))
    return { ...fake, command: evictPodCommand('n1', { name: 'p1', uid }) }
  }

  test('evicts the pod it means, and tells of it', async () => {
    const { cluster, tools, told, command } = withPod()
    expect(await run(command, tools)).toMatchObject({ result: 'done', answer: null })
    expect(cluster.peek('Pod', namespace, 'p1')).toBeUndefined()
    expect(cluster.count('delete', 'Pod')).toBe(0)
    expect(told).toMatchObject([{ reason: 'SuccessfulDelete', message: 'Evicted pod: p1' }])
  })

  test('a budget that says no refuses it, without an Event and without slowing the cluster down', async () => {
    const { cluster, tools, told, command } = withPod()
    cluster.interfere = ({ verb }) => {
      if (verb === 'evict') throw apiError(429, 'TooManyRequests', 'Cannot evict pod', { cause: 'DisruptionBudget' })
    }
    const error = await run(command, tools).catch((thrown: unknown) => thrown)
    expect(judge(error)).toEqual({
      kind: 'settled',
      settlement: {
        result: 'refused',
        object: null,
        answer: { code: 429, reason: 'TooManyRequests', cause: 'DisruptionBudget', message: 'Cannot evict pod' },
      },
    })
    expect(told).toEqual([])
  })

  test('the 429 of flow control is tried again, as for any command', () => {
    expect(judge(apiError(429, 'TooManyRequests', 'slow down'))).toMatchObject({ kind: 'retry', cause: 'throttled' })
  })

  test('another pod of the name stays; one that is gone was evicted already', async () => {
    const { cluster, tools } = withPod()
    expect(await run(evictPodCommand('n1', { name: 'p1', uid: 'before' }), tools)).toMatchObject({
      result: 'superseded',
    })
    expect(cluster.peek('Pod', namespace, 'p1')).toBeDefined()
    expect(await run(evictPodCommand('n1', { name: 'p2', uid: 'u' }), tools)).toMatchObject({ result: 'alreadyDone' })
  })

  test('a refusal for lack of rights is told of', async () => {
    const { cluster, tools, told, command } = withPod()
    cluster.interfere = () => {
      throw apiError(403, 'Forbidden', 'cannot create pods/eviction')
    }
    await expect(run(command, tools)).rejects.toBeInstanceOf(ApiError)
    expect(told).toMatchObject([{ reason: 'FailedDelete', message: 'Error evicting: cannot create pods/eviction' }])
  })
})

describe('UntaintNode', () => {
  const startup = { key: 'example.com/starting', value: '', effect: 'NoSchedule' }
  const other = { key: 'team', value: 'a', effect: 'NoSchedule' }
  const withNode = () => {
    const fake = toolsOnFake()
    const taints = [
      { key: other.key, value: 'a', effect: other.effect },
      { key: startup.key, effect: startup.effect },
    ]
    const { uid } = identityOf(fake.cluster.put('Node', { metadata: { name: 'n1' }, spec: { taints } }))
    const left = () => objectIn(fake.cluster.peek('Node', '', 'n1') ?? {}, 'spec').taints
    return { ...fake, uid, left }
  }

  test('takes the taint, and no other', async () => {
    const { tools, uid, left } = withNode()
    expect(await run(untaintNodeCommand('n1', uid, startup), tools)).toMatchObject({ result: 'done' })
    expect(left()).toEqual([other])
    expect(await run(untaintNodeCommand('n1', uid, startup), tools)).toMatchObject({ result: 'alreadyDone' })
  })

  test('a node of another uid, and one that is gone, are not touched', async () => {
    const { cluster, tools, left } = withNode()
    expect(await run(untaintNodeCommand('n1', 'before', startup), tools)).toMatchObject({ result: 'superseded' })
    expect(await run(untaintNodeCommand('n2', 'u', startup), tools)).toMatchObject({ result: 'superseded' })
    expect(cluster.count('patch', 'Node')).toBe(0)
    expect(left()).toHaveLength(2)
  })

  test('a node that changes meanwhile is read again', async () => {
    const { cluster, tools, uid, left } = withNode()
    cluster.interfere = ({ verb }) => {
      const node = cluster.peek('Node', '', 'n1')
      if (verb === 'patch' && node) cluster.put('Node', { ...node, spec: { taints: [{ ...startup, value: '' }] } })
    }
    const error = await run(untaintNodeCommand('n1', uid, startup), tools).catch((thrown: unknown) => thrown)
    expect(judge(error)).toMatchObject({ kind: 'retry', cause: 'conflict' })
    cluster.interfere = () => undefined
    expect(await run(untaintNodeCommand('n1', uid, startup), tools)).toMatchObject({ result: 'done' })
    expect(left()).toEqual([])
  })
})
