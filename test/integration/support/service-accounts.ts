import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '@rollcall/infra'

const rbac = resolve(import.meta.dirname, '../../../infra/rbac')

/** The rights that people are told to give Rollcall's services in a member cluster. */
export async function applyRights(plane: ControlPlane): Promise<void> {
  for (const file of ['watcher.yaml', 'executor.yaml', 'executor-annotations.yaml'])
    await plane.kubectl(['apply', '-f', join(rbac, file)])
}

/** A kubeconfig of the service account that the manifests make for a service. @returns its path */
export async function accountOf(service: 'watcher' | 'executor', plane: ControlPlane, dir: string): Promise<string> {
  const account = `rollcall-${service}`
  const token = (await plane.kubectl(['-n', 'rollcall', 'create', 'token', account, '--duration=1h'])).trim()
  const file = join(dir, `${plane.name}-${account}.kubeconfig`)
  // The administrator's, with the token of the account in the place of theirs.
  writeFileSync(file, readFileSync(plane.kubeconfig, 'utf8').replace(/^( +)token: .*$/m, `$1token: ${token}`), {
    mode: 0o600,
  })
  return file
}
