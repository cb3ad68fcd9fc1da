import { describe, expect, test } from 'vitest'
import { contextOf, copied, daemonSet, formOf, picture, pod, revision, title } from '../testing/pictures.ts'
import { duplicateRevisions } from './duplicate-revisions.ts'

const [old, present] = [formOf(1), formOf(2)]
const base = [daemonSet(present), revision(old), revision(present)]
const node = (...taints: readonly string[]) => ({ 'node/s1-n1': { taints } })
/** Made of the old template, and labelled as of the present one. */
const mislabelled = pod('n1', old, { hash: 'h2' })

type Picture = ReturnType<typeof picture>

/** The paths it explains. */
function explained(theirs: Picture, ours: Picture, more = {}): readonly string[] {
  const { differences, ...context } = contextOf(theirs, ours, { steps: [copied], ...more })
  return duplicateRevisions.explains(differences, context).map(({ at }) => at)
}

const at = `pod/s1-n1/${title}/0`

describe('when the built-in merges duplicates', () => {
  const was = picture(...base, pod('n1', old))
  const before = { builtIn: was, rollcall: was }

  test('it labels a pod of an older template, and Rollcall does not', () => {
    expect(explained(picture(...base, mislabelled), was, { before })).toEqual([at])
  })

  test('nothing else of the pod may differ', () => {
    const theirs = picture(...base, pod('n1', old, { hash: 'h2', phase: 'Failed' }))
    expect(explained(theirs, was, { before })).toEqual([])
  })

  test('it cannot be Rollcall that labels', () => {
    expect(explained(was, picture(...base, mislabelled), { before })).toEqual([])
  })

  test('the label is that of the present revision', () => {
    expect(explained(picture(...base, pod('n1', old, { hash: 'h7' })), was, { before })).toEqual([])
  })

  test('Rollcall has left the label as it was', () => {
    const ours = picture(...base, pod('n1', old, { hash: 'h9' }))
    expect(explained(picture(...base, mislabelled), ours, { before })).toEqual([])
  })

  test('there has to have been a copy of one of its revisions', () => {
    expect(explained(picture(...base, mislabelled), was, { before, steps: [] })).toEqual([])
    expect(explained(picture(...base, mislabelled), was, { before, steps: [{ ...copied, daemonSet: 'd2' }] })).toEqual(
      [],
    )
  })
})

describe('a pod that is labelled wrongly', () => {
  const theirs = picture(...base, mislabelled)

  test('is never replaced by the built-in, and at once by Rollcall', () => {
    expect(explained(theirs, picture(...base, pod('n1', present)))).toEqual([at])
  })

  test('has no new one beside it where Rollcall surges', () => {
    const ours = picture(...base, pod('n1', old), pod('n1', present, { index: 1 }))
    const was = { builtIn: theirs, rollcall: picture(...base, pod('n1', old)) }
    const [pod0, pod1] = [at, `pod/s1-n1/${title}/1`]
    expect(explained(theirs, ours, { before: was })).toEqual([pod0, pod1])
  })

  test('is replaced by a pod of the present template only', () => {
    expect(explained(theirs, picture(...base, pod('n1', formOf(3), { hash: 'h2' })))).toEqual([])
  })

  test('stays on a node that may only keep a pod, and on no other', () => {
    expect(explained(picture(...base, node('soft=yes:NoSchedule'), mislabelled), picture(...base))).toContain(at)
    expect(explained(picture(...base, node('soft=yes:PreferNoSchedule'), mislabelled), picture(...base))).toEqual([])
  })

  test('is made anew by the built-in after a rollback, while Rollcall keeps its pod', () => {
    const uneven = new Map([[title, new Set(['duplicate-revisions'])]])
    const kept = picture(...base, pod('n1', present))
    const before = { builtIn: theirs, rollcall: kept }
    const anew = (generation: string, hash = 'h2') => picture(...base, pod('n1', present, { generation, hash }))
    expect(explained(anew('7'), kept, { before, uneven })).toEqual([at])
    expect(explained(anew('7', 'h3'), kept, { before, uneven })).toEqual([])
    expect(explained(anew('7'), kept, { before })).toEqual([])
  })

  test('that a pod was right does not explain that it differs', () => {
    expect(explained(picture(...base, pod('n1', present)), picture(...base, pod('n1', old)))).toEqual([])
  })
})

describe('of the DaemonSet may differ', () => {
  const status = (updated: number, ready = 1) => ({
    'daemonset/d1/status/updatedNumberScheduled': updated,
    'daemonset/d1/status/numberReady': ready,
    'daemonset/d1/status/desiredNumberScheduled': 1,
  })

  test('numbers that count such pods, by no more than these', () => {
    const ours = [...base, pod('n1', present)]
    const theirs = picture(...base, mislabelled, status(3))
    expect(explained(theirs, picture(...ours, status(2)))).toEqual(
      ['daemonset/d1/status/updatedNumberScheduled', at].toReversed(),
    )
    expect(explained(theirs, picture(...ours, status(1)))).toEqual([at])
  })

  test('no number, while its pods do not', () => {
    expect(explained(picture(...base, status(1)), picture(...base, status(0)))).toEqual([])
  })

  test('events of replacements that the built-in does not make', () => {
    const event = (reason: string) => ({ [`event/${title}/${reason}`]: ['daemonset-controller: …'] })
    const events = [event('Normal SuccessfulDelete'), event('Warning FailedCreate')]
    const theirs = picture(...base, mislabelled)
    expect(explained(theirs, picture(...base, pod('n1', present), ...events))).toEqual([
      at,
      `event/${title}/Normal SuccessfulDelete`,
    ])
    expect(explained(picture(...base, mislabelled, ...events), picture(...base, pod('n1', present)))).toEqual([at])
  })

  test('a revision that only such a pod kept, once there are more than the limit', () => {
    const limited = [daemonSet(present, { limit: 0 }), revision(present)]
    const kept = picture(...limited, revision(old), pod('n1', old))
    const before = { builtIn: kept, rollcall: kept }
    const explains = (theirs: Picture) => explained(theirs, kept, { before }).filter(path => /^revision/.test(path))
    expect(explains(picture(...limited, mislabelled))).toHaveLength(3)
    expect(explains(picture(daemonSet(present, { limit: 0 }), mislabelled))).toEqual([])
    const unlimited = [daemonSet(present, { limit: 1 }), revision(present)]
    expect(explains(picture(...unlimited, mislabelled))).toEqual([])
  })
})
