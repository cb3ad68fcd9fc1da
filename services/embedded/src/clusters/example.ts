import { readFileSync } from 'node:fs'
import type { Draft, ResourceName } from '@rollcall/simulator'
import { parseAllDocuments } from 'yaml'

const manifest = new URL('../../../../examples/fluentd.yaml', import.meta.url)

const resourceOf: { readonly [kind: string]: ResourceName } = { Namespace: 'namespaces', DaemonSet: 'daemonsets' }

export type ExampleObject = { readonly resource: ResourceName; readonly namespace: string; readonly draft: Draft }

/** What `examples/fluentd.yaml` holds, in its order. */
export function exampleObjects(): readonly ExampleObject[] {
  return parseAllDocuments(readFileSync(manifest, 'utf8')).map(document => {
    const draft = document.toJS() as Draft
    const resource = resourceOf[draft.kind]
    if (!resource)
      throw new Error(`${manifest.pathname} holds a ${draft.kind}, which simulated clusters do not take here`)
    return { resource, namespace: draft.metadata.namespace ?? '', draft }
  })
}
