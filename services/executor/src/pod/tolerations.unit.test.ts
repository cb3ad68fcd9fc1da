import { describe, expect, test } from 'vitest'
import { withDaemonTolerations } from './tolerations.ts'

const notReady = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }
const unreachable = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' }
const memory = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }
const six = [
  notReady,
  unreachable,
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  memory,
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]

describe('the tolerations of a daemon pod (spec §1.7)', () => {
  test('are six, in this order', () => {
    expect(withDaemonTolerations([], false)).toEqual(six)
  })

  test('are seven on the host network', () => {
    const seventh = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }
    expect(withDaemonTolerations([], true)).toEqual([...six, seventh])
  })

  test('those that are not wanted are left out, and with them what they would have replaced stays', () => {
    const brief = { ...unreachable, tolerationSeconds: 60 }
    expect(withDaemonTolerations([brief], false, [unreachable.key])).toEqual([
      brief,
      ...six.filter(each => each !== unreachable),
    ])
  })

  test("come after the user's own", () => {
    const own = [{ operator: 'Exists' }, { key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }]
    expect(withDaemonTolerations(own, false)).toEqual([...own, ...six])
  })

  test('one that is there already is not repeated', () => {
    expect(withDaemonTolerations([memory, notReady], false)).toEqual([
      memory,
      notReady,
      ...six.filter((_, index) => index !== 3 && index !== 0),
    ])
  })

  test("a user's tolerationSeconds gives way to forever, in its place", () => {
    const brief = { ...unreachable, tolerationSeconds: 300 }
    const other = { key: 'x', operator: 'Exists' }
    expect(withDaemonTolerations([brief, other], false)).toEqual([
      unreachable,
      other,
      ...six.filter((_, index) => index !== 1),
    ])
  })

  test('one with another effect, operator or value is another one', () => {
    const near = [
      { ...notReady, effect: 'NoSchedule' },
      { ...notReady, operator: 'Equal' },
      { ...notReady, value: 'x' },
    ]
    expect(withDaemonTolerations(near, false)).toEqual([...near, ...six])
  })
})
