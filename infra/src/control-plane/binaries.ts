import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '@rollcall/local-process'
import { buildStep } from '@rollcall/local-process'
import { cached } from '../cache/cached.ts'
import { goInstalled } from '../cache/go-installed.ts'
import { infraDir } from '../settings.ts'
import { toolMends } from '../tools.ts'

const sources = join(infraDir, 'control-plane')
const kwokVersion = 'v0.8.0'

/**
 * etcd, API server, scheduler and controller manager in one binary, built from `control-plane/`; beside it `kubectl`, which is the
 * same binary by another name. @returns its path
 */
export async function controlPlaneBinary(progress?: Progress): Promise<string> {
  const files = readdirSync(sources)
    .filter(name => /\.go$|^go\.(mod|sum)$/.test(name))
    .map(name => join(sources, name))
  const flags = linkerFlags()
  const dir = await cached(
    {
      kind: 'control-plane',
      title: 'the Kubernetes control plane',
      files,
      facts: [flags],
      build: async (into, logFile) => {
        await buildStep({
          title: 'The Kubernetes control plane',
          command: [
            'go',
            'build',
            '-mod=readonly',
            '-buildvcs=false',
            '-ldflags',
            flags,
            '-o',
            join(into, 'control-plane'),
            '.',
          ],
          cwd: sources,
          logFile,
          toolMend: toolMends.go,
        })
        symlinkSync('control-plane', join(into, 'kubectl'))
      },
    },
    progress,
  )
  return join(dir, 'control-plane')
}

/** Stripped, and with the version that Kubernetes' own build script would set: clients read it at /version. */
function linkerFlags(): string {
  const version = /^\tk8s\.io\/kubernetes v((\d+)\.(\d+)\.\S+)$/m.exec(readFileSync(join(sources, 'go.mod'), 'utf8'))
  if (version === null) throw new Error('control-plane/go.mod does not require k8s.io/kubernetes')
  const [, full, major, minor] = version
  const set = (name: string, value: string | undefined): string => `-X k8s.io/component-base/version.${name}=${value}`
  return ['-s -w', set('gitVersion', `v${full}`), set('gitMajor', major), set('gitMinor', minor)].join(' ')
}

/** KWOK, which plays the kubelets. @returns the path of its binary */
export const kwokBinary = (progress?: Progress): Promise<string> =>
  goInstalled({ kind: 'kwok', title: 'KWOK', path: 'sigs.k8s.io/kwok/cmd/kwok', version: kwokVersion }, progress)
