import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commandCodec, createCodec, decisionPointCodec, eventCodec } from './codec.ts'
import { type Event, eventSchemas, familyOf } from './events.ts'

const gone: Event = { type: 'NodeGone', cluster: 'c1', at: 5, name: 'n1', uid: 'u1', resourceVersion: '9' }

describe('the event codec', () => {
  test('reads back what it wrote, with the version beside the body', () => {
    const text = eventCodec.encode(gone)
    expect(JSON.parse(text)).toEqual({ ...gone, v: 1 })
    expect(eventCodec.decode(text)).toEqual({ ok: true, value: gone })
    expect(eventCodec.decode(Buffer.from(text))).toEqual({ ok: true, value: gone })
  })

  test('members that this version does not know are dropped, not fatal', () => {
    expect(eventCodec.decode(JSON.stringify({ ...gone, v: 1, later: true }))).toEqual({ ok: true, value: gone })
  })

  test.each([
    ['bytes that are no JSON', '\u0000\u0001garbage', 'not-json'],
    ['JSON that is no object', '[1]', 'no-type'],
    ['no type', '{"v":1}', 'no-type'],
    ['an unknown type', '{"v":1,"type":"Dance"}', 'unknown-type'],
    ['a type named like a built-in member', '{"v":1,"type":"constructor"}', 'unknown-type'],
    ['a future version', JSON.stringify({ ...gone, v: 99 }), 'future-version'],
    ['no version', JSON.stringify(gone), 'invalid'],
    ['a wrong field', JSON.stringify({ ...gone, v: 1, at: 'now' }), 'invalid'],
  ])('%s is told apart and explained', (_, text, code) => {
    const decoded = eventCodec.decode(text)
    expect(decoded.ok).toBe(false)
    if (!decoded.ok) {
      expect(decoded.failure.code).toBe(code)
      expect(decoded.failure.reason.length).toBeGreaterThan(10)
    }
  })

  test('every event type belongs to one family', () => {
    const families = Object.keys(eventSchemas).map(type => familyOf(type as Event['type']))
    expect(new Set(families)).toEqual(new Set(['observation', 'outcome', 'intent', 'tick']))
    expect(familyOf('CommandSettled')).toBe('outcome')
    expect(familyOf('Ticked')).toBe('tick')
  })
})

describe('versions', () => {
  const codec = createCodec<{ type: string; name: string; shelf: number }>({
    Book: {
      version: 3,
      schema: z.object({ type: z.literal('Book'), name: z.string(), shelf: z.int() }),
      upcasts: {
        1: ({ title, ...rest }) => ({ ...rest, name: title }),
        2: body => ({ ...body, shelf: 0 }),
      },
    },
  })

  test('an old record is upcast step by step to the current version', () => {
    expect(codec.decode('{"type":"Book","v":1,"title":"Emma"}')).toEqual({
      ok: true,
      value: { type: 'Book', name: 'Emma', shelf: 0 },
    })
    expect(codec.decode('{"type":"Book","v":2,"name":"Emma"}')).toEqual({
      ok: true,
      value: { type: 'Book', name: 'Emma', shelf: 0 },
    })
  })

  test('a version without a step is named', () => {
    const broken = createCodec({ Book: { version: 2, schema: z.object({ type: z.literal('Book') }) } })
    const decoded = broken.decode('{"type":"Book","v":1}')
    expect(decoded).toMatchObject({
      ok: false,
      failure: { code: 'invalid', reason: 'Book version 1: no upcast from version 1' },
    })
  })
})

describe('records of older versions', () => {
  test('a pod had no restarts and no trouble, a DaemonSet none of our conditions', () => {
    const pod = { namespace: 'a', name: 'p', uid: 'u', resourceVersion: '1', createdAt: 1, deletedAt: null, labels: {} }
    const rest = {
      owner: null,
      commandId: null,
      nodeName: null,
      target: null,
      phase: '',
      ready: false,
      readySince: null,
    }
    const observed = { type: 'PodObserved', cluster: 'c1', at: 5, by: null, pod: { ...pod, ...rest, reason: null } }
    expect(eventCodec.decode(JSON.stringify({ ...observed, v: 1 }))).toEqual({
      ok: true,
      value: { ...observed, pod: { ...observed.pod, restarts: 0, trouble: null } },
    })
  })

  test('a status write left conditions alone and a creation asked for nothing, by itself and in a decision point', () => {
    const counts = ['observedGeneration', 'desiredNumberScheduled', 'currentNumberScheduled', 'numberMisscheduled']
    const more = ['numberReady', 'numberAvailable', 'numberUnavailable', 'updatedNumberScheduled']
    const status = { ...Object.fromEntries([...counts, ...more].map(name => [name, 1])), collisionCount: null }
    const daemonSet = { namespace: 'a', name: 'd', uid: 'u' }
    const write = {
      type: 'WriteStatus',
      cluster: 'c1',
      id: 'i',
      slot: 's/',
      position: 1,
      issuedAt: 1,
      daemonSet,
      status,
    }
    expect(commandCodec.decode(JSON.stringify({ ...write, v: 1 }))).toEqual({
      ok: true,
      value: { ...write, conditions: null },
    })
    const point = { position: 1, at: 1, core: '2', decisions: [], commands: [write], marks: [], wakeAt: null }
    expect(decisionPointCodec.decode(JSON.stringify({ ...point, type: 'DecisionPoint', v: 1 }))).toMatchObject({
      ok: true,
      value: { commands: [{ ...write, conditions: null }] },
    })
    const { status: _, ...issued } = write
    const creation = { ...issued, type: 'CreatePod', node: 'n', podName: 'p', revision: { name: 'r', hash: 'h' } }
    const created = { ...creation, templateGeneration: null }
    expect(commandCodec.decode(JSON.stringify({ ...created, v: 1 }))).toEqual({
      ok: true,
      value: { ...created, asked: null },
    })
    const before = { ...point, commands: [created], type: 'DecisionPoint' }
    for (const v of [1, 2]) {
      expect(decisionPointCodec.decode(JSON.stringify({ ...before, v }))).toMatchObject({
        ok: true,
        value: { commands: [{ ...created, asked: null }] },
      })
    }
    expect(decisionPointCodec.decode('{"type":"DecisionPoint","v":1}').ok).toBe(false)
  })
})
