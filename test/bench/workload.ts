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
