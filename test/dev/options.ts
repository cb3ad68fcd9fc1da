import { parseArgs } from 'node:util'
import { connectClusters, parseClusterSpec } from '@rollcall/kube'

export const usage = `pnpm dev [--mode observe|control] --kubeconfig FILE…

Runs watcher, reconciler and executor for the clusters of these kubeconfigs, with the Kafka and Postgres of
\`pnpm infra\` (started where they do not run). Their logs come to this terminal; Ctrl-C stops the three.

  --kubeconfig FILE   FILE, FILE#context, name=FILE or name=FILE#context; several, one after the other
  --mode MODE         observe (the default): record, and say what would be done; control: act. Only where the
                      built-in daemonset-controller is off, as in the clusters of \`pnpm infra\`
  -h, --help          this text`

/** The arguments were not understood; the message says which. */
export class UsageError extends Error {}

export type DevOptions = {
  readonly help: boolean
  readonly mode: 'control' | 'observe'
  readonly clusters: readonly string[]
}

/** @throws UsageError; KubeconfigError for a kubeconfig that is missing or wrong, before anything starts */
export function parseDevOptions(argv: readonly string[]): DevOptions {
  const { values, positionals } = parse(argv)
  if (values.help) return { help: true, mode: 'observe', clusters: [] }
  const clusters = [...(values.kubeconfig ?? []), ...positionals]
  if (clusters.length === 0) throw new UsageError(`which clusters? --kubeconfig FILE…\n\n${usage}`)
  const { mode } = values
  if (mode !== 'control' && mode !== 'observe')
    throw new UsageError(`--mode takes observe or control, not ${JSON.stringify(mode)}`)
  connectClusters(clusters.map(parseClusterSpec)).forEach(cluster => void cluster.close())
  return { help: false, mode, clusters }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        kubeconfig: { type: 'string', multiple: true },
        mode: { type: 'string', default: 'observe' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
