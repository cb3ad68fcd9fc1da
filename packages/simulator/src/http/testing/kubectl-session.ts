import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'

export type Said = { readonly code: number; readonly out: string; readonly err: string }

/** kubectl at the hands of somebody with one kubeconfig. */
export type KubectlSession = {
  /** What it prints. @throws Error with what it complains of */
  run(line: string, more?: { readonly editor?: string; readonly input?: string }): Promise<string>
  /** What it says, whether it succeeds or not. */
  say(line: string): Promise<Said>
  /** Starts one that does not end by itself, and gives its lines as they come. */
  follow(line: string): { readonly lines: AsyncIterable<string>; end(): void }
}

/** @param binary of infra's control plane; kubectl lies beside it */
export function kubectlSession(binary: string, kubeconfig: string, cacheDir: string): KubectlSession {
  const start = (line: string, editor?: string): ChildProcess =>
    spawn(join(dirname(binary), 'kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', cacheDir, ...words(line)], {
      stdio: 'pipe',
      env: { ...process.env, ...(editor === undefined ? {} : { KUBE_EDITOR: editor }) },
    })
  const say = (line: string, editor?: string, input = ''): Promise<Said> =>
    new Promise((resolve, reject) => {
      const child = start(line, editor)
      let [out, err] = ['', '']
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        out += text
      })
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        err += text
      })
      child.on('error', reject)
      child.on('close', code => resolve({ code: code ?? -1, out, err }))
      child.stdin?.end(input)
    })
  return {
    say: line => say(line),
    async run(line, more = {}) {
      const { code, out, err } = await say(line, more.editor, more.input)
      if (code !== 0) throw new Error(`kubectl ${line}: ${err || out}`)
      return out
    },
    follow(line) {
      const child = start(line)
      return { lines: linesOf(child), end: () => child.kill('SIGKILL') }
    },
  }
}

/** Words of a line; what is in single quotes is one word. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string, void, void> {
  let rest = ''
  child.stdout?.setEncoding('utf8')
  for await (const chunk of child.stdout as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
