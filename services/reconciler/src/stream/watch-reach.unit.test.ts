import type { Event } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { nodeObserved, relistCompleted, relistStarted, watchProgressed } from '../testing/events.ts'
import { createWatchReach } from './watch-reach.ts'

const identified = (clusterUid: string): Event => ({
  type: 'ClusterIdentified',
  cluster: 'c1',
  at: 2,
  clusterUid,
  serverVersion: 'v1.37.0',
  mode: 'control',
  overridesAsked: false,
  guard: null,
  creationRate: null,
})
const node = (resourceVersion: number) => nodeObserved('c1', `n${resourceVersion}`, resourceVersion, 1)

test('objects of a list that is under way do not move the reach; its completion does', () => {
  const reach = createWatchReach(new Map(), 'uid')
  reach.note(relistStarted('c1', 'Node', 1))
  reach.note(node(90))
  reach.note(node(50))
  expect(reach.takeMoved()).toEqual(new Map())
  reach.note(relistCompleted('c1', 'Node', 100, 2))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '100']]))
  expect(reach.takeMoved()).toEqual(new Map())
})

test('while a watch runs, each object moves the reach of its kind, forward only', () => {
  const reach = createWatchReach(new Map(), 'uid')
  reach.note(relistCompleted('c1', 'Node', 100, 2))
  reach.note(node(120))
  reach.note(node(110))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '120']]))
  reach.note(watchProgressed('c1', 'Pod', 130, 3))
  expect(reach.takeMoved()).toEqual(new Map([['Pod', '130']]))
})

test('after a restart objects move nothing until a bookmark proves that no list is under way', () => {
  const reach = createWatchReach(new Map([['Node', '100']]), 'uid')
  reach.note(node(120))
  expect(reach.takeMoved()).toEqual(new Map())
  reach.note(watchProgressed('c1', 'Node', 125, 3))
  reach.note(node(130))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '130']]))
})

test('a completed list after a restored backup moves the reach back', () => {
  const reach = createWatchReach(new Map([['Node', '900']]), 'uid')
  reach.note(relistStarted('c1', 'Node', 1, true))
  reach.note(relistCompleted('c1', 'Node', 200, 2))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '200']]))
  reach.note(node(210))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '210']]))
})

test('nothing is carried over to another cluster that answers under the name', () => {
  const reach = createWatchReach(new Map([['Node', '900']]), 'uid')
  reach.note(watchProgressed('c1', 'Node', 950, 1))
  reach.note(identified('another'))
  reach.note(node(40))
  expect(reach.takeMoved()).toEqual(new Map())
  reach.note(relistCompleted('c1', 'Node', 50, 3))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '50']]))
})

test('a watcher that begins in the same cluster moves nothing back, and what it sees moves on', () => {
  const reach = createWatchReach(new Map([['Node', '900']]), 'uid')
  reach.note(watchProgressed('c1', 'Node', 950, 1))
  reach.note(identified('uid'))
  reach.note(node(940))
  reach.note(node(960))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '960']]))
})

test('the first cluster of a stream is another one than none', () => {
  const reach = createWatchReach(new Map(), null)
  reach.note(identified('uid'))
  reach.note(identified('uid'))
  reach.note(relistCompleted('c1', 'Node', 50, 3))
  reach.note(node(60))
  expect(reach.takeMoved()).toEqual(new Map([['Node', '60']]))
})
