import { spawn } from 'node:child_process'

/** kubectl of the control plane's version, as a user of a kubeconfig. */
export type Kubectl = (args: readonly string[], input?: unknown) => Promise<string>

/** @returns what it prints; `input` is given to it as JSON. Rejects with what it complains of. */
export function kubectlFor(binary: string, kubeconfig: string): Kubectl {
  return (args, input) =>
    new Promise((resolve, reject) => {
      const child = spawn(binary, ['--kubeconfig', kubeconfig, ...args], { stdio: 'pipe' })
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text
      })
      child.on('error', reject)
      child.on('close', code =>
        code === 0 ? resolve(out) : reject(new Error(`kubectl ${args.join(' ')}: ${err || out}`)),
      )
      child.stdin.end(input === undefined ? '' : JSON.stringify(input))
    })
}
