import { type Event, eventCodec, type Mode } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { createState } from '../state.ts'
import { evolve } from './index.ts'

const cluster = 'east'
let at = 0

const identified = (mode: Mode, clusterUid = 'c1'): Event => ({
  type: 'ClusterIdentified',
  cluster,
  at: ++at,
  clusterUid,
  serverVersion: 'v1',
  mode,
  overridesAsked: false,
  guard: null,
  creationRate: null,
})
const asked = (mode: Mode, intent: string): Event => ({
  type: 'ModeRequested',
  cluster,
  at: ++at,
  intent,
  askedBy: { user: 'jane', via: 'cli' },
  mode,
})

/** The mode after each event, and whether it got a position. */
function fold(...events: Event[]): [Mode, boolean][] {
  const state = createState(cluster)
  return events.map(event => {
    const effects = evolve(state, event)
    return [state.mode, effects !== null]
  })
}

/** As a program of version 1 wrote it. */
function versionOne(body: object): Event {
  const decoded = eventCodec.decode(JSON.stringify({ cluster, at: ++at, v: 1, ...body }))
  if (!decoded.ok) throw new Error(decoded.failure.reason)
  return decoded.value
}

describe('the mode of a cluster', () => {
  test('is what the watcher is configured to, until somebody asks for one', () => {
    expect(fold(identified('observe'), identified('control'), asked('observe', 'a'), identified('control'))).toEqual([
      ['observe', true],
      ['control', true],
      ['observe', true],
      ['observe', false],
    ])
  })

  test('asked for before any watcher has spoken, it holds too', () => {
    expect(fold(asked('observe', 'a'), identified('control'))).toEqual([
      ['observe', true],
      ['observe', true],
    ])
  })

  test('in another cluster under the same name nobody has asked for anything', () => {
    expect(fold(identified('observe'), asked('control', 'a'), identified('observe', 'c2')).at(-1)).toEqual([
      'observe',
      true,
    ])
  })

  test('asked for once more it is on record once more; the same intent told again is nothing', () => {
    expect(fold(asked('control', 'a'), asked('observe', 'b'), asked('control', 'a'), asked('observe', 'c'))).toEqual([
      ['control', true],
      ['observe', true],
      ['observe', false],
      ['observe', true],
    ])
  })

  test('in a ledger of version 1 the watcher’s word overrides what was asked for, as it did when it was written', () => {
    const events = [
      versionOne({ type: 'ClusterIdentified', clusterUid: 'c1', serverVersion: 'v1', mode: 'observe' }),
      versionOne({ type: 'ModeRequested', mode: 'control', requestedBy: 'ann' }),
      versionOne({ type: 'ClusterIdentified', clusterUid: 'c1', serverVersion: 'v1', mode: 'observe' }),
    ]
    expect(events[1]).toMatchObject({ askedBy: { user: 'ann', via: 'unknown' }, intent: '' })
    expect(fold(...events).map(([mode]) => mode)).toEqual(['observe', 'control', 'observe'])
  })
})
