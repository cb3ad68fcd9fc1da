import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControlPlane } from '@rollcall/infra'

/** Starts a control plane of its own, runs `requests.ts` against it with the arguments given here, and ends it. */
const directory = mkdtempSync(join(tmpdir(), 'rollcall-kube-bench-'))
const cluster = await startControlPlane({ name: 'bench', dir: join(directory, 'bench') })
try {
  const script = join(import.meta.dirname, 'requests.ts')
  const child = spawn(process.execPath, [script, '--kubeconfig', cluster.kubeconfig, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  await new Promise(resolve => child.on('exit', resolve))
} finally {
  await cluster.stop()
  rmSync(directory, { recursive: true })
}
