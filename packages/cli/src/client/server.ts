import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configFile, dataDir, fromEnvironment, readConfigFile, variable } from '../config.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import type { Ports } from '../ports.ts'

/** The auditor to ask, and where it is known from (for error messages). */
export type Server = {
  readonly url: string
  readonly token: string | null
  /** For example `--server`, `context prod of /home/me/.config/rollcall/config.yaml`. */
  readonly from: string
  /** The cluster that is meant when none is named; null: all. */
  readonly cluster: string | null
}

export type ServerOptions = {
  readonly server?: string
  readonly token?: string
  readonly context?: string
  readonly data?: string
}

type Where = Pick<Ports, 'env' | 'homeDir'>

/**
 * The server: `--server` or `--context`, else `$ROLLCALL_SERVER` or `$ROLLCALL_CONTEXT`, else the configuration's current
 * context, else the `rollcall up` that runs on this machine. @throws CliError
 */
export async function findServer(options: ServerOptions, where: Where): Promise<Server> {
  const token = options.token ?? variable(where, 'token')
  const named = namedServer(options, where)
  if (named?.kind === 'url') return { url: checkedUrl(named.url, named.from), token, from: named.from, cluster: null }
  const file = configFile(where)
  const { contexts, currentContext } = await readConfigFile(file)
  const name = named?.context ?? currentContext
  if (name !== null) {
    const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined
    if (!context) {
      const asked = named ? `${named.from} names the context ${name}` : `current-context of ${file} is ${name}`
      const names = Object.keys(contexts)
      const known = names.length > 0 ? `known are ${names.join(', ')}` : 'it has none: add it there'
      throw new CliError('usage', `${asked}, which ${file} does not have`, didYouMean(name, names) ?? known)
    }
    return {
      url: context.server,
      token: token ?? context.token,
      from: `context ${name} of ${file}`,
      cluster: context.cluster,
    }
  }
  return await runningUp(options, where, token)
}

type Named = { kind: 'url'; url: string; from: string } | { kind: 'context'; context: string; from: string }

function namedServer(options: ServerOptions, where: Where): Named | null {
  if (options.server !== undefined && options.context !== undefined) {
    throw new CliError('usage', '--server and --context both name a server', 'give one of them')
  }
  if (options.server !== undefined) return { kind: 'url', url: options.server, from: '--server' }
  if (options.context !== undefined) return { kind: 'context', context: options.context, from: '--context' }
  const url = variable(where, 'server')
  if (url !== null) return { kind: 'url', url, from: `$${fromEnvironment.server}` }
  const context = variable(where, 'context')
  return context === null ? null : { kind: 'context', context, from: `$${fromEnvironment.context}` }
}

function checkedUrl(text: string, from: string): string {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '')
  throw new CliError(
    'usage',
    `${from} is no address of a server: ${JSON.stringify(text)}`,
    'write it as http://host:port',
  )
}

async function runningUp(options: ServerOptions, where: Where, token: string | null): Promise<Server> {
  const dir = dataDir(where, options.data)
  const file = join(dir, 'up.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new CliError(
        'unreachable',
        `no server is named, and no rollcall up runs with its data in ${dir}`,
        `start one (rollcall up), or name a server: --server URL, $${fromEnvironment.server}, or --context with ${configFile(where)}`,
      )
    }
    throw new CliError(
      'failed',
      `${file} cannot be read: ${error.message}`,
      'it belongs to whoever runs rollcall up: ask as that user',
    )
  })
  try {
    const { auditorUrl, token: own } = JSON.parse(text) as { auditorUrl: unknown; token: unknown }
    const bearer = token ?? (typeof own === 'string' ? own : null)
    if (typeof auditorUrl === 'string')
      return { url: checkedUrl(auditorUrl, file), token: bearer, from: `rollcall up, by ${file}`, cluster: null }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new CliError('failed', `${file} does not say where rollcall up listens`, 'start rollcall up again')
}
