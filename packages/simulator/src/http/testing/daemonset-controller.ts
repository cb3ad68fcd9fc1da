import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@rollcall/infra'

export type Running = { stop(): Promise<void> }

/**
 * Kubernetes' own DaemonSet controller, as a client of a simulated cluster: the simulator has none.
 * @param binary of infra's control plane
 */
export async function startDaemonSetController(binary: string, kubeconfig: string, dir: string): Promise<Running> {
  const child = spawn(
    binary,
    [
      'kube-controller-manager',
      `--kubeconfig=${kubeconfig}`,
      '--controllers=daemonset-controller',
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      '--kube-api-qps=1000',
      '--kube-api-burst=2000',
      '--bind-address=127.0.0.1',
      `--secure-port=${await freePort()}`,
      `--cert-dir=${join(dir, 'controller-manager')}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const log = createWriteStream(join(dir, 'controller-manager.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  return {
    async stop() {
      child.kill('SIGKILL')
      await exited
      log.end()
    },
  }
}
