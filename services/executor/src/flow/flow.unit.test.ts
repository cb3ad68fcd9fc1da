import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPodCommand, deletePodCommand, statusCommand } from '../testing/make.ts'
import { AdaptiveLimit, defaultLimitOptions } from './adaptive-limit.ts'
import { Capacity } from './capacity.ts'
import { CreationGate } from './creation-gate.ts'
import { Fifo } from './fifo.ts'
import { type HeldCommand, hold } from './held-command.ts'
import { Outage } from './outage.ts'
import { Slots } from './slots.ts'

const half = () => 0.5
const heldOf = (command: HeldCommand['command']) => hold(command, { owner: {}, completed: () => undefined }, 0, 1_000)

describe('the adaptive limit', () => {
  /** Runs rounds of requests, as many as the limit allows, each taking `tookMs(limit)`. */
  function run(limit: AdaptiveLimit, rounds: number, tookMs: (limit: number) => number, start = 0): number {
    let now = start
    for (let round = 0; round < rounds; round++) {
      const count = limit.current
      const startedAt = now
      now += tookMs(count)
      for (let request = 0; request < count; request++) limit.answered('create Pod', startedAt, now, count)
    }
    return now
  }

  test('doubles per round trip while the server is quick, up to the maximum', () => {
    const limit = new AdaptiveLimit()
    run(limit, 1, () => 10)
    expect(limit.current).toBe(32)
    run(limit, 10, () => 10)
    expect(limit.current).toBe(256)
  })

  test('does not grow while it is not used up', () => {
    const limit = new AdaptiveLimit()
    for (let request = 0; request < 1_000; request++) limit.answered('create Pod', request, request + 5, 3)
    expect(limit.current).toBe(16)
  })

  test('halves on 429, once per round, and grows by one per round afterwards', () => {
    const limit = new AdaptiveLimit()
    const now = run(limit, 3, () => 10)
    expect(limit.current).toBe(128)
    for (let request = 0; request < 50; request++) limit.congested(now, now + 10)
    expect(limit.current).toBe(64)
    run(limit, 1, () => 10, now + 20)
    expect(limit.current).toBe(64)
    run(limit, 1, () => 10, now + 40)
    expect(limit.current).toBe(65)
  })

  test('settles where a server that serves 500 requests/s gets slower, instead of at the maximum', () => {
    const limit = new AdaptiveLimit()
    // 100 side by side take 200 ms each: four times what counts as quick.
    const end = run(limit, 200, count => Math.max(5, count * 2))
    expect(limit.current).toBeGreaterThan(50)
    expect(limit.current).toBeLessThan(150)
    run(limit, 200, count => Math.max(5, count * 2), end)
    expect(limit.current).toBeLessThan(150)
  })

  test('slow answers alone do not take it below where it began: the whole machine may be busy', () => {
    const limit = new AdaptiveLimit()
    const end = run(limit, 5, () => 5)
    run(limit, 80, () => 500, end)
    expect(limit.current).toBe(defaultLimitOptions.initial)
  })

  test('slow answers do not lift a limit that the server itself asked for', () => {
    const limit = new AdaptiveLimit()
    run(limit, 1, () => 5)
    for (let at = 1_000; limit.current > 2; at += 1_000) limit.congested(at, at + 500)
    limit.answered('create Pod', 100_000, 100_500, 1)
    expect(limit.current).toBeLessThanOrEqual(3)
  })

  test('never leaves its bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(1_000)), { maxLength: 300 }), steps => {
        const limit = new AdaptiveLimit({ ...defaultLimitOptions, max: 64 })
        let now = 0
        for (const [good, took] of steps) {
          if (good) limit.answered('get Pod', now, now + took, limit.current)
          else limit.congested(now, now + took)
          now += took
          expect(limit.current).toBeGreaterThanOrEqual(1)
          expect(limit.current).toBeLessThanOrEqual(64)
        }
      }),
    )
  })
})

describe('an outage', () => {
  test('begins with the third failure in a row, and pauses longer each time', () => {
    const outage = new Outage(() => 1)
    outage.failed(0, 10, 'refused', null)
    outage.failed(10, 20, 'refused', null)
    expect(outage.reason).toBeNull()
    outage.failed(20, 30, 'refused', null)
    expect([outage.reason, outage.pauseMs(30)]).toEqual(['refused', 500])
    outage.failed(600, 610, 'refused', null)
    expect(outage.pauseMs(610)).toBe(1_000)
    expect(outage.answered()).toBe(true)
    expect(outage.reason).toBeNull()
  })

  test('requests that were under way when the pause began do not lengthen it', () => {
    const outage = new Outage(() => 1)
    for (let request = 0; request < 16; request++) outage.failed(0, 100, 'timed out', null)
    expect(outage.pauseMs(100)).toBe(500)
  })

  test('an answer between failures means there is none', () => {
    const outage = new Outage(half)
    for (let request = 0; request < 10; request++) {
      outage.failed(request, request + 1, 'webhook timed out', null)
      outage.answered()
    }
    expect(outage.reason).toBeNull()
  })

  test('Retry-After is honoured', () => {
    const outage = new Outage(half)
    for (let request = 0; request < 3; request++) outage.failed(request * 10, request * 10 + 1, 'too many', 7_000)
    expect(outage.pauseMs(21)).toBe(7_000)
  })
})

describe('the slow start of creations (spec §3.6)', () => {
  /** Starts what the gate admits, lets all of it succeed; returns how many it was. */
  function round(gate: CreationGate, now: number): number {
    let started = 0
    while (gate.admits(now)) {
      gate.started()
      started++
    }
    for (let index = 0; index < started; index++) gate.succeeded(now)
    return started
  }

  test('1, 2, 4, 8 … side by side', () => {
    const gate = new CreationGate(half)
    expect([1, 2, 3, 4, 5].map(now => round(gate, now))).toEqual([1, 2, 4, 8, 16])
  })

  test('success is remembered for a minute', () => {
    const gate = new CreationGate(half)
    for (let now = 0; now < 5; now++) round(gate, now)
    expect(round(gate, 60_000)).toBe(32)
    expect(round(gate, 130_000)).toBe(1)
  })

  test('a refusal closes the window to one', () => {
    const gate = new CreationGate(half)
    for (let now = 0; now < 5; now++) round(gate, now)
    gate.started()
    gate.refused()
    expect(round(gate, 6)).toBe(1)
  })

  test('a failing webhook makes it try alone, after growing pauses', () => {
    const gate = new CreationGate(() => 1)
    gate.started()
    expect(gate.stumbled(0)).toBe(250)
    expect(gate.admits(249)).toBe(false)
    expect(gate.admits(250)).toBe(true)
    gate.started()
    expect(gate.stumbled(300)).toBe(500)
  })
})

describe('slots', () => {
  const slot = 'u/n1'
  const create = () => heldOf(createPodCommand('n1', { slot }))
  const remove = (uid: string) => heldOf(deletePodCommand('n1', { name: 'p', uid }, { slot }))

  test('a command waits behind those of its slot, and for no other', () => {
    const slots = new Slots()
    const [first, second, other] = [remove('a'), create(), heldOf(createPodCommand('n2'))]
    for (const held of [first, second, other]) slots.add(held)
    expect(slots.first(slot)).toBe(first)
    expect(slots.first(other.command.slot)).toBe(other)
    slots.remove(first)
    expect(slots.first(slot)).toBe(second)
    slots.remove(second)
    expect(slots.first(slot)).toBeUndefined()
  })

  test('a newer creation makes an older one moot, unless it is under way; then no other attempt is made', () => {
    const slots = new Slots()
    const [older, tried, newer] = [create(), create(), create()]
    slots.add(older)
    expect(slots.add(tried)).toEqual([older])
    tried.attempts = 1
    tried.state = 'running'
    expect(slots.add(newer)).toEqual([])
    expect([slots.isOvertaken(tried), slots.isOvertaken(newer)]).toEqual([false, false])
    tried.state = 'waiting'
    expect(slots.isOvertaken(tried)).toBe(true)
  })

  test('a newer status makes the older moot, unless it is being written', () => {
    const slots = new Slots()
    const [running, waiting, newest] = [1, 2, 3].map(ready => heldOf(statusCommand(ready, { slot }))) as [
      HeldCommand,
      HeldCommand,
      HeldCommand,
    ]
    slots.add(running)
    running.state = 'running'
    expect(slots.add(waiting)).toEqual([])
    waiting.attempts = 2
    expect(slots.add(newest)).toEqual([waiting])
  })

  test('deletions of two pods are both kept; of one pod twice, the newer', () => {
    const slots = new Slots()
    const [a, b, again] = [remove('a'), remove('b'), remove('a')]
    slots.add(a)
    expect(slots.add(b)).toEqual([])
    expect(slots.add(again)).toEqual([a])
  })
})

test('a queue gives back what it got, in order, however it is used', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(), fc.constant(null)), { maxLength: 5_000 }), steps => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      for (const step of steps) {
        if (step === null) expect(fifo.shift()).toBe(model.shift())
        else {
          fifo.push(step)
          model.push(step)
        }
        expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]])
      }
    }),
    { numRuns: 30 },
  )
})

test('who waits at a full capacity goes on when there is room, or when it is told to give up', async () => {
  const capacity = new Capacity(1)
  const giveUp = new AbortController()
  capacity.take()
  const waiting = capacity.whenRoom(new AbortController().signal)
  const givesUp = capacity.whenRoom(giveUp.signal)
  giveUp.abort(new Error('enough'))
  await expect(givesUp).rejects.toThrow('enough')
  capacity.give()
  await waiting
})
