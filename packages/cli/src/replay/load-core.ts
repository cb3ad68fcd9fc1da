import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Core, coreFrom, presentCore } from '@rollcall/replay'
import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'

const run = promisify(execFile)

/**
 * Lets `work` have the core that `--core` names: a folder of a `packages/daemonset` (or its index.ts), or a git ref of the
 * checkout in which the command runs, whose core is then taken out into a temporary folder. Without one, that of this
 * version. @throws CliError
 */
export async function withCore<T>(
  named: string | undefined,
  { cwd }: Pick<Ports, 'cwd'>,
  work: (core: Core) => Promise<T>,
): Promise<T> {
  if (named === undefined) return await work(presentCore)
  const file = await indexOf(resolve(cwd, named))
  if (file !== null) return await work(await imported(file, named))
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-core-'))
  try {
    return await work(await imported(await takenOut(named, cwd, folder), named))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function indexOf(path: string): Promise<string | null> {
  for (const file of [
    path,
    join(path, 'src/index.ts'),
    join(path, 'index.ts'),
    join(path, 'packages/daemonset/src/index.ts'),
  ]) {
    const found = await stat(file).catch(() => null)
    if (found?.isFile()) return file
  }
  return null
}

/** Its source at that commit; it works with the contracts of this version, as replay does. */
async function takenOut(ref: string, cwd: string, folder: string): Promise<string> {
  const git = (...args: string[]) => run('git', ['-C', cwd, ...args], { maxBuffer: 64 * 1024 * 1024 })
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).catch(() => null)
  if (commit === null) {
    throw new CliError(
      'usage',
      `--core ${JSON.stringify(ref)} is neither a folder of a core nor a commit here; this is core ${presentCore.version}`,
      'name a packages/daemonset of another checkout, or a git tag, branch or commit',
    )
  }
  const archive = join(folder, 'core.tar')
  await git('archive', '--output', archive, commit.stdout.trim(), 'packages/daemonset').catch(cause => {
    throw new CliError('usage', `${ref} has no packages/daemonset`, null, { cause })
  })
  await run('tar', ['-xf', archive, '-C', folder])
  const scope = join(folder, 'node_modules/@rollcall')
  await mkdir(scope, { recursive: true })
  const contracts = dirname(dirname(fileURLToPath(import.meta.resolve('@rollcall/contracts'))))
  await symlink(contracts, join(scope, 'contracts'))
  return join(folder, 'packages/daemonset/src/index.ts')
}

async function imported(file: string, named: string): Promise<Core> {
  let exports: unknown
  try {
    exports = await import(pathToFileURL(file).href)
  } catch (cause) {
    throw new CliError('usage', `the core ${named} cannot be loaded: ${(cause as Error).message}`, null, { cause })
  }
  return coreFrom(exports as object, named)
}
