import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandId, podNameFor, revisionHash, slotOf, templateDigest } from './ids.ts'

const cause = { cluster: 'c1', position: 7, slot: slotOf('u1', 'n1'), type: 'CreatePod', subject: '' }

describe('command ids', () => {
  test('the same content and cause give the same id; any difference gives another', () => {
    expect(commandId(cause)).toBe(commandId({ ...cause }))
    for (const other of [{ cluster: 'c2' }, { position: 8 }, { slot: slotOf('u1', 'n2') }, { subject: 'x' }]) {
      expect(commandId({ ...cause, ...other })).not.toBe(commandId(cause))
    }
  })
})

describe('pod names', () => {
  test('are the DaemonSet name and ten characters of the command id', () => {
    const name = podNameFor('fluentd', commandId(cause))
    expect(name).toMatch(/^fluentd-[bcdfghjklmnpqrstvwxz2456789]{10}$/)
    expect(podNameFor('fluentd', commandId(cause))).toBe(name)
  })

  test('never exceed the 63 characters of a hostname', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,253}$/), name => {
        expect(podNameFor(name, commandId(cause)).length).toBeLessThanOrEqual(63)
      }),
    )
  })

  test('do not repeat among 20,000 commands of one DaemonSet', () => {
    const names = new Set<string>()
    for (let position = 1; position <= 20_000; position++)
      names.add(podNameFor('ds', commandId({ ...cause, position })))
    expect(names.size).toBe(20_000)
  })
})

describe('template digests', () => {
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }

  test('ignore key order, the patch marker and creationTimestamp: null', () => {
    const old = { spec: template.spec, $patch: 'replace', metadata: { creationTimestamp: null, ...template.metadata } }
    expect(templateDigest(old)).toBe(templateDigest(template))
  })

  test('differ when anything else differs', () => {
    expect(templateDigest({ ...template, spec: { containers: [] } })).not.toBe(templateDigest(template))
    expect(templateDigest({ ...template, metadata: { labels: {}, creationTimestamp: 'x' } })).not.toBe(
      templateDigest({ ...template, metadata: { labels: {} } }),
    )
  })
})

describe('revision hashes', () => {
  test('are label-safe, and differ for unset, 0 and 1 collisions', () => {
    const hashes = [null, 0, 1].map(count => revisionHash('digest', count))
    expect(new Set(hashes).size).toBe(3)
    for (const hash of hashes) expect(hash).toMatch(/^[456789bcdf]{1,10}$/)
  })
})
