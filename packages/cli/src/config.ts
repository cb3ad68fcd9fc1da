import { readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { CliError } from './errors.ts'
import type { Environment, Ports } from './ports.ts'

/** The only place of this package that reads the environment. */
export const environment: Environment = process.env

/** How this command was called: through pnpm in a checkout, as a kubectl plugin, as a file, or by its name. */
export function invocation(script: string): string {
  const pnpm = /^pnpm\/(\S+)/.exec(environment.npm_config_user_agent ?? '')
  if (pnpm && environment.npm_lifecycle_event) return `npx -y pnpm@${pnpm[1]} -s rollcall`
  const name = basename(environment.ROLLCALL_INVOKED_AS ?? script)
  if (name === 'main.ts') return `node ${relative(process.cwd(), script)}`
  return name === 'kubectl-rollcall' ? 'kubectl rollcall' : 'rollcall'
}

/** What the environment says; an empty variable counts as absent. */
export const fromEnvironment = {
  server: 'ROLLCALL_SERVER',
  token: 'ROLLCALL_TOKEN',
  context: 'ROLLCALL_CONTEXT',
  data: 'ROLLCALL_DATA',
} as const

type Where = Pick<Ports, 'env' | 'homeDir'>

export const variable = ({ env }: Where, name: keyof typeof fromEnvironment): string | null =>
  env[fromEnvironment[name]] || null

/** `$XDG_CONFIG_HOME/rollcall/config.yaml` */
export const configFile = ({ env, homeDir }: Where): string =>
  join(env.XDG_CONFIG_HOME || join(homeDir, '.config'), 'rollcall', 'config.yaml')

/** Where `rollcall up` keeps its data: the option, `$ROLLCALL_DATA`, or `$XDG_DATA_HOME/rollcall`. */
export const dataDir = (where: Where, option: string | undefined): string =>
  option ?? variable(where, 'data') ?? join(where.env.XDG_DATA_HOME || join(where.homeDir, '.local/share'), 'rollcall')

/** A server by name, as the configuration file has it. */
export type ServerContext = { readonly server: string; readonly token: string | null; readonly cluster: string | null }

export type ConfigFile = {
  readonly currentContext: string | null
  readonly contexts: { readonly [name: string]: ServerContext }
}

/** Reads the configuration file; one that is not there is empty. @throws CliError naming file and place */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new CliError('usage', `${file} cannot be read: ${error.message}`, 'mend its rights, or move it away')
  })
  if (text === null) return { currentContext: null, contexts: {} }
  const { parse } = await import('yaml')
  const { z } = await import('zod')
  const mend = 'see the README of packages/cli for what may stand in it'
  let raw: unknown
  try {
    raw = parse(text) ?? {}
  } catch (error) {
    throw new CliError('usage', `${file} is not YAML: ${(error as Error).message.split('\n')[0]}`, mend)
  }
  const schema = z.strictObject({
    'current-context': z.string().min(1).optional(),
    contexts: z
      .record(
        z.string(),
        z.strictObject({
          server: z.url({ protocol: /^https?$/ }),
          token: z.string().optional(),
          cluster: z.string().optional(),
        }),
      )
      .default({}),
  })
  const parsed = schema.safeParse(raw)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const at = issue?.path.length ? ` at ${issue.path.join('.')}` : ''
    throw new CliError('usage', `${file} is wrong${at}: ${issue?.message}`, mend)
  }
  const contexts = Object.entries(parsed.data.contexts).map(([name, { server, token, cluster }]) => [
    name,
    { server, token: token ?? null, cluster: cluster ?? null },
  ])
  return { currentContext: parsed.data['current-context'] ?? null, contexts: Object.fromEntries(contexts) }
}
