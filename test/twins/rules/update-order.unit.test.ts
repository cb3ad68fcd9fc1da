import { describe, expect, test } from 'vitest'
import { contextOf, daemonSet, formOf, picture, pod, title } from '../testing/pictures.ts'
import { updateOrder } from './update-order.ts'

const [old, tooBig, next] = [formOf(1), formOf(2, true), formOf(3)]
const stuck = { phase: 'Pending' }
const before = picture(daemonSet(old), pod('n1', old), pod('n2', old))

/** How many differences it explains, of how many. */
function explained(theirs: ReturnType<typeof picture>, ours: ReturnType<typeof picture>, more = {}): string {
  const { differences, ...context } = contextOf(theirs, ours, {
    before: { builtIn: before, rollcall: before },
    ...more,
  })
  return `${updateOrder.explains(differences, context).length} of ${differences.length}`
}

describe('a rollout whose new pods fit nowhere', () => {
  const theirs = picture(daemonSet(tooBig), pod('n1', tooBig, stuck), pod('n2', old))

  test('may have reached another node, however the template came back', () => {
    const ours = picture(daemonSet(tooBig), pod('n1', old), pod('n2', tooBig, stuck))
    expect(explained(theirs, ours)).toBe('2 of 2')
  })

  test('may with surge have started its pod beside another one', () => {
    const beside = { ...stuck, index: 1 }
    const [first, second] = ['n1', 'n2'].map(node =>
      picture(daemonSet(tooBig), pod('n1', old), pod('n2', old), pod(node, tooBig, beside)),
    )
    expect(first && second && explained(first, second)).toBe('2 of 2')
  })

  test('may not have replaced more pods', () => {
    const ours = picture(daemonSet(tooBig), pod('n1', tooBig, stuck), pod('n2', tooBig, stuck))
    expect(explained(theirs, ours)).toBe('0 of 1')
  })

  test('may not have made another pod of it', () => {
    const ours = picture(daemonSet(tooBig), pod('n1', old), pod('n2', tooBig, { ...stuck, generation: '7' }))
    expect(explained(theirs, ours)).toBe('0 of 2')
  })

  test('may not have touched the pod it has not replaced', () => {
    const ours = picture(daemonSet(tooBig), pod('n1', old, { hash: 'other' }), pod('n2', tooBig, stuck))
    expect(explained(theirs, ours)).toBe('0 of 2')
  })

  test('may not have lost a pod', () => {
    const ours = picture(daemonSet(tooBig), pod('n2', tooBig, stuck))
    expect(explained(theirs, ours)).toBe('0 of 2')
  })
})

describe('a rollout that can go on', () => {
  const theirs = picture(daemonSet(next), pod('n1', next), pod('n2', old))
  const ours = picture(daemonSet(next), pod('n1', old), pod('n2', next))

  test('has to reach all nodes', () => {
    expect(explained(theirs, ours)).toBe('0 of 2')
  })

  test('after one that stood still may have the same pods on other nodes, until all are anew', () => {
    const was = {
      builtIn: picture(daemonSet(tooBig), pod('n1', tooBig, stuck), pod('n2', old)),
      rollcall: picture(daemonSet(tooBig), pod('n1', old), pod('n2', tooBig, stuck)),
    }
    const uneven = new Map([[title, new Set(['update-order'])]])
    expect(explained(theirs, ours, { before: was, uneven })).toBe('2 of 2')
    expect(explained(theirs, ours, { before: was, uneven: new Map([[title, new Set(['other'])]]) })).toBe('0 of 2')
  })
})

describe('a rollback after a rollout that stood still', () => {
  const kept = picture(daemonSet(old), pod('n1', old), pod('n2', old, { generation: '7' }))
  const madeAgain = picture(daemonSet(old), pod('n1', old, { generation: '7' }), pod('n2', old, { generation: '7' }))
  const was = {
    builtIn: picture(daemonSet(tooBig), pod('n1', old), pod('n2', old, { hash: 'outdated' })),
    rollcall: picture(daemonSet(tooBig), pod('n1', tooBig, stuck), pod('n2', old, { hash: 'outdated' })),
  }
  const uneven = new Map([[title, new Set(['update-order'])]])

  test('keeps a pod on the side that had not replaced it', () => {
    expect(explained(kept, madeAgain, { before: was, uneven })).toBe('1 of 1')
    const mirrored = { builtIn: was.rollcall, rollcall: was.builtIn }
    expect(explained(madeAgain, kept, { before: mirrored, uneven })).toBe('1 of 1')
  })

  test('does not excuse that a pod was made again where none was stuck, or is another one now', () => {
    const both = { builtIn: was.builtIn, rollcall: was.builtIn }
    expect(explained(kept, madeAgain, { before: both, uneven })).toBe('0 of 1')
    const other = picture(
      daemonSet(old),
      pod('n1', old, { generation: '7', hash: 'h9' }),
      pod('n2', old, { generation: '7' }),
    )
    expect(explained(kept, other, { before: was, uneven })).toBe('0 of 1')
    expect(explained(kept, madeAgain, { before: was })).toBe('0 of 1')
  })
})

test('a DaemonSet that differs itself is not explained by the order of its pods', () => {
  const theirs = picture(daemonSet(tooBig), pod('n1', tooBig, stuck), pod('n2', old))
  const ours = picture(daemonSet(tooBig, { limit: 2 }), pod('n1', old), pod('n2', tooBig, stuck))
  expect(explained(theirs, ours)).toBe('0 of 3')
})
