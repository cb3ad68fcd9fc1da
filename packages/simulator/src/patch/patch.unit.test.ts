import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiStatusError, type Json } from '../objects/object-store.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from './index.ts'

function refusal(run: () => unknown): Pick<ApiStatusError, 'code' | 'message'> {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiStatusError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was not refused')
}

describe('a JSON patch', () => {
  test('that copies without end is refused before it has', () => {
    const patch = Array.from({ length: 60 }, (_, number) => ({ op: 'copy', from: '', path: `/copy${number}` }))
    expect(refusal(() => jsonPatch({ a: 'x'.repeat(1_000) }, patch)).code).toBe(422)
  })

  const object = { metadata: { labels: { a: '1' } }, list: [1, 2] }

  test('adds, removes, replaces, moves, copies and tests, and leaves what it was given alone', () => {
    const patch = [
      { op: 'test', path: '/metadata/labels/a', value: '1' },
      { op: 'add', path: '/metadata/labels/x~1y', value: '2' },
      { op: 'replace', path: '/list/0', value: 9 },
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'copy', from: '/list/1', path: '/copied' },
      { op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/b' },
      { op: 'remove', path: '/list/1' },
    ]
    expect(jsonPatch(object, patch)).toEqual({
      metadata: { labels: { 'x/y': '2', b: '1' } },
      list: [9, 3],
      copied: 2,
    })
    expect(object).toEqual({ metadata: { labels: { a: '1' } }, list: [1, 2] })
  })

  test('may replace the whole document', () => {
    expect(jsonPatch(object as object, [{ op: 'replace', path: '', value: { b: 1 } }])).toEqual({ b: 1 })
  })

  test.each<[string, Json]>([
    ['a test that fails', [{ op: 'test', path: '/list/0', value: 2 }]],
    ['a path that is not there', [{ op: 'remove', path: '/none' }]],
    ['an index beyond the list', [{ op: 'add', path: '/list/7', value: 1 }]],
    ['an unknown operation', [{ op: 'twist', path: '/list' }]],
  ])('is refused as a whole for %s', (_, patch) => {
    expect(refusal(() => jsonPatch(object, patch))).toEqual({
      code: 422,
      message: 'the server rejected our request due to an error in our request',
    })
  })

  test('that is no list of operations is a bad request', () => {
    expect(refusal(() => jsonPatch(object, { op: 'add' })).code).toBe(400)
    expect(refusal(() => jsonPatch(object, [{ op: 'add' }])).code).toBe(400)
  })
})

describe('a merge patch', () => {
  // RFC 7386, appendix A.
  test.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (present, patch, expected) => {
    expect(mergePatch(present as object, patch)).toEqual(expected)
  })

  test('must be an object', () => {
    expect(refusal(() => mergePatch({}, ['c']))).toEqual({ code: 400, message: 'Invalid JSON Patch' })
  })

  test('applied twice is applied once', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (object, patch) => {
          const once = mergePatch(object, patch as Json)
          expect(mergePatch(once, patch as Json)).toEqual(once)
        },
      ),
    )
  })
})

const pod = 'io.k8s.api.core.v1.Pod'
const node = 'io.k8s.api.core.v1.Node'

const patched = (present: Json, patch: Json, schema = pod) => strategicMergePatch(schema, present as object, patch)

describe('a strategic merge patch', () => {
  test('merges containers by name, and their ports and environment by key', () => {
    const present = {
      spec: {
        containers: [
          { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 80, name: 'web' }] },
          { name: 'b', image: 'b:1' },
        ],
      },
    }
    const patch = {
      spec: {
        containers: [
          {
            name: 'a',
            image: 'a:2',
            env: [{ name: 'Y', value: '2' }],
            ports: [{ containerPort: 80, protocol: 'TCP' }, { containerPort: 81 }],
          },
        ],
      },
    }
    expect(patched(present, patch)).toEqual({
      spec: {
        containers: [
          {
            name: 'a',
            image: 'a:2',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
            ports: [{ containerPort: 80, name: 'web', protocol: 'TCP' }, { containerPort: 81 }],
          },
          { name: 'b', image: 'b:1' },
        ],
      },
    })
  })

  test('replaces lists without a merge strategy: tolerations, taints', () => {
    const tolerations = [{ key: 'b', operator: 'Exists' }]
    expect(patched({ spec: { tolerations: [{ key: 'a' }] } }, { spec: { tolerations } })).toEqual({
      spec: { tolerations },
    })
    const taints = [{ key: 'b', effect: 'NoSchedule' }]
    expect(patched({ spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }, { spec: { taints } }, node)).toEqual({
      spec: { taints },
    })
  })

  test('merges conditions by type and finalizers as a set', () => {
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'x' },
      { type: 'MemoryPressure', status: 'False' },
    ]
    const patch = { status: { conditions: [{ type: 'Ready', status: 'True' }] } }
    expect(patched({ status: { conditions } }, patch, node)).toEqual({
      status: {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'x' },
          { type: 'MemoryPressure', status: 'False' },
        ],
      },
    })
    expect(patched({ metadata: { finalizers: ['a', 'b'] } }, { metadata: { finalizers: ['b', 'c'] } })).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    })
  })

  test('deletes fields by null, items by $patch, primitives by $deleteFromPrimitiveList', () => {
    const present = {
      metadata: { labels: { a: '1', b: '2' }, finalizers: ['x', 'y'], ownerReferences: [{ uid: '1' }, { uid: '2' }] },
    }
    const patch = {
      metadata: {
        labels: { a: null, c: null },
        '$deleteFromPrimitiveList/finalizers': ['x'],
        ownerReferences: [{ $patch: 'delete', uid: '1' }],
      },
    }
    expect(patched(present, patch)).toEqual({
      metadata: { labels: { b: '2' }, finalizers: ['y'], ownerReferences: [{ uid: '2' }] },
    })
  })

  test('replaces a map, a list or deletes a map by $patch', () => {
    const present = { metadata: { labels: { a: '1' } }, spec: { volumes: [{ name: 'v', emptyDir: {} }] } }
    expect(patched(present, { metadata: { labels: { $patch: 'replace', b: '2' } } })).toMatchObject({
      metadata: { labels: { b: '2' } },
    })
    expect(patched(present, { metadata: { labels: { $patch: 'delete' } } })).toMatchObject({ metadata: { labels: {} } })
    expect(
      patched(present, { spec: { volumes: [{ name: 'w', hostPath: { path: '/' } }, { $patch: 'replace' }] } }),
    ).toMatchObject({ spec: { volumes: [{ name: 'w', hostPath: { path: '/' } }] } })
  })

  test('keeps of a union only what $retainKeys names', () => {
    const present = { spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } }
    const patch = { spec: { volumes: [{ $retainKeys: ['name', 'emptyDir'], name: 'v', emptyDir: {} }] } }
    expect(patched(present, patch)).toEqual({ spec: { volumes: [{ name: 'v', emptyDir: {} }] } })
    expect(
      refusal(() => patched(present, { spec: { volumes: [{ $retainKeys: ['name'], name: 'v', emptyDir: {} }] } })),
    ).toEqual({ code: 400, message: 'invalid patch format of retainKeys' })
  })

  test('orders a list by $setElementOrder, around what only the server knows', () => {
    const present = { spec: { containers: [{ name: 'a' }, { name: 'injected' }, { name: 'b' }] } }
    const patch = {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
        containers: [{ name: 'c', image: 'c' }],
      },
    }
    expect(patched(present, patch)).toEqual({
      spec: { containers: [{ name: 'injected' }, { name: 'b' }, { name: 'c', image: 'c' }, { name: 'a' }] },
    })
    const wrong = {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a' }, { name: 'b' }],
      },
    }
    expect(refusal(() => patched(present, wrong)).message).toMatch(/^The order in patch list:/)
  })

  test('drops directives and nulls of what it adds', () => {
    const patch = { spec: { nodeSelector: { a: null, b: '1' }, securityContext: { $patch: 'delete' } } }
    expect(patched({ spec: {} }, patch)).toEqual({ spec: { nodeSelector: { b: '1' } } })
  })

  test('without the merge key of an item, or with an unknown directive, is refused', () => {
    const present = { spec: { containers: [{ name: 'a' }] } }
    expect(refusal(() => patched(present, { spec: { containers: [{ image: 'x' }] } })).message).toBe(
      'map: {"image":"x"} does not contain declared merge key: name',
    )
    expect(refusal(() => patched(present, { spec: { $patch: 'twist' } })).message).toMatch(/^unknown patch type/)
  })

  test('applied twice is applied once', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const containers = fc.uniqueArray(
      fc.record({ name, image: fc.constantFrom('x:1', 'x:2') }, { requiredKeys: ['name'] }),
      { selector: container => container.name },
    )
    const finalizers = fc.uniqueArray(name)
    const labels = fc.dictionary(name, fc.option(name))
    const patches = fc.record({ spec: fc.record({ containers }), metadata: fc.record({ finalizers, labels }) })
    fc.assert(
      fc.property(patches, patches, (first, second) => {
        const present = patched({ spec: {}, metadata: {} }, first as Json)
        const once = patched(present as Json, second as Json)
        expect(patched(once as Json, second as Json)).toEqual(once)
      }),
    )
  })
})
