import type { Draft } from '@rollcall/simulator'

export type DaemonSetWish = {
  readonly name: string
  readonly image?: string
  readonly nodeSelector?: { readonly [label: string]: string }
  readonly tolerations?: readonly object[]
  readonly updateStrategy?: object
  readonly minReadySeconds?: number
  readonly annotations?: { readonly [name: string]: string }
}

export function daemonSetDraft({
  name,
  image = 'registry/agent:1',
  nodeSelector,
  tolerations,
  updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 0 } },
  minReadySeconds = 0,
  annotations,
}: DaemonSetWish): Draft {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, ...(annotations ? { annotations } : {}) },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy,
      minReadySeconds,
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'agent', image, resources: { requests: { cpu: '50m', memory: '64Mi' } } }],
          ...(nodeSelector ? { nodeSelector } : {}),
          ...(tolerations ? { tolerations } : {}),
        },
      },
    },
  }
}
