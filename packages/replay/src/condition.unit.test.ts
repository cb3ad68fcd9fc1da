import { describe, expect, test } from 'vitest'
import { parseCondition } from './condition.ts'
import { presentCore } from './core.ts'
import { bisect, stateAt } from './index.ts'
import { recordOf, shortLife, sourceOf } from './testing/records.ts'

const record = recordOf(shortLife())
const source = sourceOf(record)
const end = await stateAt(source, { position: source.lastPosition ?? 0 })

describe('a condition', () => {
  test.each([
    ['daemonset("default/ds").ready == daemonset("default/ds").desired', true],
    ['daemonset("default/ds").ready < daemonset("default/ds").desired', false],
    ['podsOf("default/ds", "n0").size() == 1', true],
    ['podsOf("default/ds").all(p, p.ready && p.phase == "Running")', true],
    ['podsOn("n2").size() == 0 && !hasNode("n2")', true],
    ['node("n5").taints == ["gpu=true:NoSchedule"]', true],
    ['nodes.exists(n, n.name == "n4")', true],
    ['pods.filter(p, p.node == "n5").size() == 0', true],
    ['daemonsets.map(d, d.name) == ["ds"]', true],
    ['hasPod("default/no") || hasDaemonset("default/no")', false],
    ['position > 10 && time > 0 && cluster == "test" && mode == "control"', true],
    ['"image:1" in daemonset("default/ds").images', true],
  ])('%s is %s', (text, expected) => {
    expect(parseCondition(text).holds(end)).toBe(expected)
  })

  test('about what is not there does not hold, and says in the end what it was', () => {
    const condition = parseCondition('!node("n99").ready || daemonset("default/none").ready == 0')
    expect(condition.holds(end)).toBe(false)
    expect(condition.neverSeen()).toEqual(['node n99', 'DaemonSet default/none'])
  })

  test.each([
    ['daemonset("default/ds").ready <', 'at column 32'],
    ['daemonset("default/ds").redy == 1', 'at column 25'],
    ['nodes.exists(n, n.nam == "x")', 'at column 19'],
    ['daemonset("default/ds").ready', 'must be true or false'],
    ['daemonset("default/ds").name == 3', 'at column 1'],
    ['process.exit(1)', 'at column 1'],
    ['constructor.constructor("return 1")()', 'at column'],
    ['', 'at column 1'],
  ])('that is wrong is refused with its column: %s', (text, expected) => {
    expect(() => parseCondition(text)).toThrow(expected)
    expect(() => parseCondition(text)).toThrow(expect.objectContaining({ code: 'bad-condition' }))
  })

  test('that cannot be answered says at which position', () => {
    expect(() => parseCondition('node("n0").labels["x"] == "1"').holds(end)).toThrow(/at position \d+: .* at column/)
  })
})

describe('bisect', () => {
  const conditions = [
    'hasNode("n5")',
    'podsOf("default/ds").size() == 2',
    'daemonset("default/ds").ready < daemonset("default/ds").desired',
    'pods.exists(p, p.deleting)',
    'pods.exists(p, p.phase == "Failed")',
    '!hasNode("n2") && position > 30',
    'position == 7',
  ]
  test.each(conditions)('finds the first position after which %s', async text => {
    const found = await bisect(source, text)
    // By asking every position by itself.
    const condition = parseCondition(text)
    let first: number | null = null
    for (let position = 1; position <= (source.lastPosition ?? 0) && first === null; position++) {
      if (condition.holds(await stateAt(source, { position }))) first = position
    }
    expect(first).not.toBeNull()
    expect(found).toMatchObject({ position: first, heldBefore: false, neverSeen: [] })
    expect(found.tested).toBe(first)
  })

  test('begins behind a moment, and says when it held before', async () => {
    const first = (await bisect(source, 'hasNode("n5")')).position ?? 0
    expect(await bisect(source, 'hasNode("n5")', { from: { position: first } })).toMatchObject({
      position: null,
      heldBefore: true,
    })
    expect(await bisect(source, 'hasNode("n5")', { from: { position: first - 1 } })).toMatchObject({
      position: first,
      tested: 1,
    })
    expect(await bisect(source, 'hasNode("n5")', { to: { position: first - 1 } })).toMatchObject({
      position: null,
      last: first - 1,
    })
  })

  test('finds nothing where nothing is, and names what was never there', async () => {
    const last = source.lastPosition
    expect(await bisect(source, 'podsOf("default/fluent").size() > 0')).toEqual({
      condition: 'podsOf("default/fluent").size() > 0',
      position: null,
      heldBefore: false,
      tested: last,
      last,
      neverSeen: ['DaemonSet default/fluent'],
    })
    expect(end.position).toBe(last)
    expect(presentCore.needsDecision(end)).toBe(false)
  })
})
