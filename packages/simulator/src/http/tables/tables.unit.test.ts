import { describe, expect, test } from 'vitest'
import { humanDuration } from './duration.ts'
import { tableOf } from './index.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const cellsOf = (plural: string, object: object) => tableOf(plural, [object as never], 'None', now).rows[0]?.cells

// apimachinery/pkg/util/duration/duration_test.go
test.each([
  [1_000, '1s'],
  [70_000, '70s'],
  [190_000, '3m10s'],
  [600_000, '10m'],
  [47 * 60_000, '47m'],
  [3 * 3_600_000, '3h'],
  [7.5 * 3_600_000, '7h30m'],
  [20 * 3_600_000, '20h'],
  [60 * 3_600_000, '2d12h'],
  [10 * 24 * 3_600_000, '10d'],
  [(3 * 365 + 40) * 24 * 3_600_000, '3y40d'],
  [10 * 365 * 24 * 3_600_000, '10y'],
  [-1_000, '0s'],
  [-5_000, '<invalid>'],
])('%d ms is %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

describe('the status of a pod, in one word', () => {
  const pod = (status: object, metadata: object = {}, spec: object = {}) => ({
    metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
    status,
  })
  const container = (state: object, more: object = {}) => ({ name: 'a', restartCount: 0, ready: false, state, ...more })
  const running = container({ running: {} }, { ready: true })
  const ended = (exitCode: number, reason: string) => container({ terminated: { exitCode, reason } })

  test.each([
    ['pending', pod({ phase: 'Pending' }), ['0/2', 'Pending', '0']],
    ['running', pod({ phase: 'Running', containerStatuses: [running, running] }), ['2/2', 'Running', '0']],
    [
      'half ready',
      pod({ phase: 'Running', containerStatuses: [running, container({ running: {} })] }),
      ['1/2', 'Running', '0'],
    ],
    [
      'pulling',
      pod({ phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })] }),
      ['0/2', 'ContainerCreating', '0'],
    ],
    [
      'crashing',
      pod({
        phase: 'Running',
        containerStatuses: [
          container(
            { waiting: { reason: 'CrashLoopBackOff' } },
            { restartCount: 7, lastState: { terminated: { finishedAt: '2026-01-01T00:58:30Z' } } },
          ),
        ],
      }),
      ['0/2', 'CrashLoopBackOff', '7 (90s ago)'],
    ],
    ['completed', pod({ phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }), ['0/2', 'Completed', '0']],
    ['failed', pod({ phase: 'Failed', containerStatuses: [ended(1, 'Error')] }), ['0/2', 'Error', '0']],
    [
      'killed',
      pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 137, signal: 9 } })] }),
      ['0/2', 'Signal:9', '0'],
    ],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), ['0/2', 'Evicted', '0']],
    [
      'terminating',
      pod({ phase: 'Running', containerStatuses: [running, running] }, { deletionTimestamp: 'x' }),
      ['2/2', 'Terminating', '0'],
    ],
    ['lost', pod({ phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: 'x' }), ['0/2', 'Unknown', '0']],
    [
      'initializing',
      pod(
        { phase: 'Pending', initContainerStatuses: [ended(0, 'Completed'), container({ running: {} })] },
        {},
        { initContainers: [{ name: 'i' }, { name: 'j' }] },
      ),
      ['0/2', 'Init:1/2', '0'],
    ],
    [
      'failing to initialize',
      pod({ phase: 'Pending', initContainerStatuses: [ended(2, 'Error')] }, {}, { initContainers: [{ name: 'i' }] }),
      ['0/2', 'Init:Error', '0'],
    ],
  ])('%s', (_name, object, cells) => {
    expect(cellsOf('pods', object)?.slice(1, 4)).toEqual(cells)
  })
})

test('a node with roles, cordoned and not ready', () => {
  const cells = cellsOf('nodes', {
    metadata: {
      name: 'n',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        'node-role.kubernetes.io/worker': '',
        'node-role.kubernetes.io/control-plane': '',
        'kubernetes.io/role': 'gpu',
      },
    },
    spec: { unschedulable: true },
    status: { conditions: [{ type: 'Ready', status: 'Unknown' }], nodeInfo: { kubeletVersion: 'v1' } },
  })
  expect(cells).toEqual([
    ...['n', 'NotReady,SchedulingDisabled', 'control-plane,gpu,worker', '60m', 'v1'],
    ...['<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  ])
})

test('a DaemonSet that selects nodes and pods', () => {
  const cells = cellsOf('daemonsets', {
    metadata: { name: 'd', creationTimestamp: '2026-01-01T00:59:00Z' },
    spec: {
      selector: {
        matchLabels: { b: '1' },
        matchExpressions: [
          { key: 'a', operator: 'In', values: ['y', 'x'] },
          { key: 'c', operator: 'DoesNotExist' },
        ],
      },
      template: {
        spec: {
          nodeSelector: { ssd: 'true', arch: 'arm' },
          containers: [
            { name: 'm', image: 'i:1' },
            { name: 's', image: 'j' },
          ],
        },
      },
    },
    status: { desiredNumberScheduled: 5, numberReady: 4 },
  })
  expect(cells).toEqual(['d', 5, 0, 4, 0, 0, 'arch=arm,ssd=true', '60s', 'm,s', 'i:1,j', 'a in (x,y),b=1,!c'])
})

test.each([
  'nodes',
  'pods',
  'daemonsets',
  'controllerrevisions',
  'events',
  'leases',
  'namespaces',
  'serviceaccounts',
  'limitranges',
])('a row of %s has a cell for each column, whatever is missing', plural => {
  const { columnDefinitions, rows } = tableOf(plural, [{ metadata: null } as never], 'Metadata', now)
  expect(rows[0]?.cells).toHaveLength(columnDefinitions.length)
  expect(columnDefinitions.every(column => column.description !== '')).toBe(true)
})
