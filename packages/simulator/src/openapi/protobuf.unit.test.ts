import { PbfWriter } from 'pbf'
import { describe, expect, test } from 'vitest'
import { ProtobufError, unpack } from './protobuf.ts'

type Write = (writer: PbfWriter) => void

const message = (write: Write): Uint8Array => {
  const writer = new PbfWriter()
  write(writer)
  return writer.finish()
}

/** As a typed client writes: `k8s`, a zero, and `runtime.Unknown` around the message. */
function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const unknown = message(writer => {
    const typeMeta = message(inner => {
      inner.writeStringField(1, apiVersion)
      inner.writeStringField(2, kind)
    })
    writer.writeBytesField(1, typeMeta)
    writer.writeBytesField(2, raw)
  })
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown])
}

const nested = (writer: PbfWriter, field: number, write: Write) => writer.writeBytesField(field, message(write))

describe('what typed clients write', () => {
  test('a pod: maps, lists, quantities, times, and structs that JSON inlines', () => {
    const raw = message(pod => {
      nested(pod, 1, metadata => {
        metadata.writeStringField(1, 'a')
        nested(metadata, 8, time => time.writeVarintField(1, 1_767_225_600))
        nested(metadata, 11, entry => {
          entry.writeStringField(1, 'app')
          entry.writeStringField(2, 'x')
        })
      })
      nested(pod, 2, spec => {
        nested(spec, 2, container => {
          container.writeStringField(1, 'main')
          nested(container, 8, resources =>
            nested(resources, 1, entry => {
              entry.writeStringField(1, 'cpu')
              nested(entry, 2, quantity => quantity.writeStringField(1, '500m'))
            }),
          )
          // livenessProbe.handler.httpGet.port: `handler` is not there in JSON.
          nested(container, 10, probe =>
            nested(probe, 1, handler =>
              nested(handler, 2, httpGet =>
                nested(httpGet, 2, port => {
                  port.writeVarintField(1, 1)
                  port.writeStringField(3, 'http')
                }),
              ),
            ),
          )
        })
        // hostNetwork
        spec.writeBooleanField(11, true)
      })
    })
    expect(unpack(envelope('v1', 'Pod', raw), 'io.k8s.api.core.v1.Pod')).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      fields: {
        metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z', labels: { app: 'x' } },
        spec: {
          containers: [
            { name: 'main', resources: { limits: { cpu: '500m' } }, livenessProbe: { httpGet: { port: 'http' } } },
          ],
          hostNetwork: true,
        },
      },
    })
  })

  test('a time that is not set is null', () => {
    const raw = message(namespace => nested(namespace, 1, metadata => nested(metadata, 8, () => undefined)))
    const { fields } = unpack(envelope('v1', 'Namespace', raw), 'io.k8s.api.core.v1.Namespace')
    expect(fields).toEqual({ metadata: { creationTimestamp: null } })
  })
})

test('entries of a map come together, whatever their keys', () => {
  const entry =
    (key: string): Write =>
    writer => {
      writer.writeStringField(1, key)
      writer.writeStringField(2, 'x')
    }
  const raw = message(namespace =>
    nested(namespace, 1, metadata => {
      for (const key of ['a', '__proto__', 'b']) nested(metadata, 11, entry(key))
    }),
  )
  const { fields } = unpack(envelope('v1', 'Namespace', raw), 'io.k8s.api.core.v1.Namespace')
  expect(JSON.stringify(fields)).toBe('{"metadata":{"labels":{"a":"x","__proto__":"x","b":"x"}}}')
})

test('raw JSON inside that nests without end is refused', () => {
  const json = Buffer.from('['.repeat(50_000) + ']'.repeat(50_000))
  const raw = message(revision => nested(revision, 2, data => data.writeBytesField(1, json)))
  const body = envelope('apps/v1', 'ControllerRevision', raw)
  expect(() => unpack(body, 'io.k8s.api.apps.v1.ControllerRevision')).toThrow('exceeded max depth of 1000')
})

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"kind":"Pod"}')],
  ['a length beyond the end', Buffer.from('k8s\0\x0a\x7fxyz', 'latin1')],
  ['a wire type that is none', Buffer.from('k8s\0\x0f', 'latin1')],
])('%s is no message', (_name, bytes) => {
  expect(() => unpack(bytes, 'io.k8s.api.core.v1.Pod')).toThrow(ProtobufError)
})
