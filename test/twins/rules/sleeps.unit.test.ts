import { expect, test } from 'vitest'
import { contextOf, copied, picture } from '../testing/pictures.ts'
import { sleepOf, wokenBy } from './sleeps.ts'

const at = (path: string) => [{ at: path, builtIn: '1', rollcall: '0' }]
const nothing = picture()

test('that the built-in sleeps explains its status after a node left, and never its revisions', () => {
  const left = contextOf(nothing, nothing, { steps: [{ do: 'leave', node: 'n1' }] })
  expect(sleepOf(at('daemonset/d1/status/desiredNumberScheduled'), left)?.id).toBe('node-deleted')
  expect(sleepOf(at('revision/d1-x/number'), left)).toBeNull()
  expect(sleepOf(at('daemonset/d1/spec'), left)).toBeNull()
})

test('a step that wakes everybody explains no sleep', () => {
  const grown = contextOf(nothing, nothing, { steps: [{ do: 'history', daemonSet: 'd1', limit: 1 }] })
  expect(sleepOf(at('daemonset/d1/status/numberReady'), grown)).toBeNull()
})

test('either side may have merged a copy first', () => {
  const after = contextOf(nothing, nothing, { steps: [copied, { do: 'poke', value: '1' }] })
  expect(sleepOf(at('revision/d1-x/number'), after)).toMatchObject({ id: 'duplicate-wake', isEither: true })
})

test('Rollcall may not be woken by the poke that wakes the built-in', () => {
  const status = (ready: number) => ({ 'daemonset/d1/status/numberReady': ready })
  const metadata = (poke: string) => ({ 'daemonset/d1/metadata': { annotations: { poke } } })
  const event = { 'event/d1 #1/Normal SuccessfulDelete': ['…'] }
  const before = { builtIn: picture(status(2)), rollcall: picture(status(1), metadata('1')) }
  const stayed = picture(status(1), metadata('2'), event)
  expect(wokenBy(contextOf(stayed, stayed, { before }))).toEqual([])
  const moved = picture(status(2), metadata('2'))
  expect(wokenBy(contextOf(moved, moved, { before }))).toEqual([
    { at: 'daemonset/d1/status/numberReady, before a poke and after it', builtIn: '2', rollcall: '1' },
  ])
})
