export type KubeconfigFacts = {
  readonly clusterName: string
  readonly url: string
  /** PEM. */
  readonly authority: string
  readonly user: string
  readonly token: string
}

/** A kubeconfig of one context, named as the cluster. JSON, which is YAML too. */
export function kubeconfigText({ clusterName, url, authority, user, token }: KubeconfigFacts): string {
  const account = `${clusterName}-${user}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': clusterName,
    clusters: [
      {
        name: clusterName,
        cluster: { server: url, 'certificate-authority-data': Buffer.from(authority).toString('base64') },
      },
    ],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: account } }],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
