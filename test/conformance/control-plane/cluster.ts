import { revisionHash, templateDigest } from '@rollcall/contracts'
import { type Cluster, Refused, type Stored } from '../api/cluster.ts'
import { at, type JsonObject, type Kind, type Manifest } from '../manifest.ts'
import { template } from '../objects.ts'
import { type Ref, refOf } from '../world.ts'
import type { Client } from './client.ts'
import type { Mirror } from './mirror.ts'
import type { Place } from './place.ts'

const paths: Readonly<Record<Kind, (namespace: string) => string>> = {
  Node: () => '/api/v1/nodes',
  Pod: namespace => `/api/v1/namespaces/${namespace}/pods`,
  DaemonSet: namespace => `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
  ControllerRevision: namespace => `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`,
}

/** A case's place in a real cluster. */
export function clusterIn(place: Place, client: Client, mirror: Mirror): Cluster {
  const namespaces = new Map<string, Promise<JsonObject>>()
  const of = ({ kind, name, namespace = '' }: Ref) => `${paths[kind](namespace)}/${name}`
  const asStored = (object: JsonObject, kind: Kind): Stored => place.outside({ ...object, kind } as unknown as Stored)
  const namespace = (name: string) => {
    const inside = place.namespace(name)
    const known = namespaces.get(inside) ?? client.send('POST', '/api/v1/namespaces', { metadata: { name: inside } })
    namespaces.set(inside, known)
    return known
  }
  const create = async (object: Manifest, isDryRun = false) => {
    const inside = place.inside(object)
    const path = paths[object.kind](inside.metadata.namespace ?? '')
    await namespace('default')
    return await client.send('POST', isDryRun ? `${path}?dryRun=All` : path, inside as unknown as JsonObject)
  }
  return {
    create: async (object, { isDryRun } = {}) => asStored(await create(object, isDryRun), object.kind),
    async update(object, subresource) {
      const inside = place.inside(object)
      const path = of(place.ref(refOf(object)))
      const answer = await client.send(
        'PUT',
        subresource ? `${path}/${subresource}` : path,
        inside as unknown as JsonObject,
      )
      return asStored(answer, object.kind)
    },
    async patch(ref, patch, subresource) {
      const path = of(place.ref(ref))
      await client.send('PATCH', subresource ? `${path}/${subresource}` : path, place.patch(ref.kind, patch))
    },
    async remove(ref, { policy, graceSeconds } = {}) {
      const options = {
        ...(policy === undefined ? {} : { propagationPolicy: policy }),
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      }
      const inside = place.ref(ref)
      if (ref.kind === 'Pod') place.removed.add(`${inside.namespace}/${ref.name}`)
      await client.send('DELETE', of(inside), options).catch((error: unknown) => {
        // A kubelet that is told late of a pod's end has nothing more to do.
        if (!(error instanceof Refused && error.code === 404 && graceSeconds === 0)) throw error
      })
    },
    async get(ref) {
      try {
        return asStored(await client.send('GET', of(place.ref(ref))), ref.kind)
      } catch (error) {
        if (error instanceof Refused && error.code === 404) return undefined
        throw error
      }
    },
    list: async kind => mirror.all(kind, object => place.holds(object)).map(object => place.outside(object)),
    async revisionName(image, collisions) {
      const labels = at(template(), 'metadata', 'labels') as JsonObject
      const probe = await create(
        {
          kind: 'DaemonSet',
          metadata: { name: 'defaults', namespace: 'default' },
          spec: { selector: { matchLabels: labels }, template: template({ image }) },
        },
        true,
      )
      return `ds-${revisionHash(templateDigest(at(probe, 'spec', 'template') as JsonObject), collisions)}`
    },
    async stranger() {
      const { metadata } = (await namespace('default')) as unknown as Stored
      return { apiVersion: 'v1', kind: 'Namespace', name: metadata.name, uid: metadata.uid }
    },
    async namespace(name) {
      await namespace(name)
    },
  }
}
