import { execFileSync } from 'node:child_process'
import type { ControlPlane } from '@rollcall/infra'

/** A small DaemonSet, replaced all at once when its image changes. */
export const manifest = (name: string, image: string, nodeSelector: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { name } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
    template: {
      metadata: { labels: { name } },
      spec: {
        nodeSelector,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image, resources: { requests: { cpu: '1m', memory: '1Mi' } } }],
      },
    },
  },
})

/** Runs kubectl as the administrator; what it complains about is shown. */
export function kubectl(plane: ControlPlane, args: readonly string[], input?: unknown): void {
  execFileSync('kubectl', ['--kubeconfig', plane.kubeconfig, ...args], {
    input: input === undefined ? '' : JSON.stringify(input),
    stdio: ['pipe', 'ignore', 'inherit'],
  })
}
