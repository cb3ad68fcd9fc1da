import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Rate, rateWords, readRate } from '@rollcall/contracts'
import type { ClusterSource, EmbeddedOptions } from '@rollcall/embedded'
import { dataDir, variable } from '../config.ts'
import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'

/** As the command line gives them. */
export type UpFlags = {
  readonly scenario?: string
  readonly kubeconfig?: readonly string[]
  readonly context?: readonly string[]
  readonly observe?: boolean
  readonly control?: boolean
  readonly guard?: boolean
  readonly creationRate?: string
  readonly data?: string
  readonly ephemeral?: boolean
  readonly port: string
  readonly example: boolean
  readonly once?: boolean
  readonly timeout: string
}

export type UpOptions = {
  readonly embedded: Pick<EmbeddedOptions, 'dataDir' | 'ephemeral' | 'clusters' | 'ports'> &
    Partial<Pick<EmbeddedOptions, 'mode' | 'guard' | 'creationRate'>>
  /** Whether other commands find it without being told where. */
  readonly isUsualPlace: boolean
  readonly once: boolean
  readonly timeoutMs: number
}

/** @throws CliError naming the option that is wrong */
export function upOptions(flags: UpFlags, where: Pick<Ports, 'env' | 'homeDir'>): UpOptions {
  const mode = flags.control ? 'control' : flags.observe ? 'observe' : undefined
  return {
    embedded: {
      // What is not kept needs no place of its own.
      dataDir: flags.ephemeral && flags.data === undefined ? null : resolve(dataDir(where, flags.data)),
      ephemeral: flags.ephemeral ?? false,
      clusters: clusterSource(flags),
      ports: { auditor: wholeNumber('--port', flags.port, 65_535) },
      ...(mode === undefined ? {} : { mode }),
      ...(flags.guard === false ? { guard: false } : {}),
      ...(flags.creationRate === undefined ? {} : { creationRate: rate('--creation-rate', flags.creationRate) }),
    },
    isUsualPlace: flags.data === undefined && !flags.ephemeral && variable(where, 'data') === null,
    once: flags.once ?? false,
    timeoutMs: wholeNumber('--timeout', flags.timeout, 86_400) * 1_000,
  }
}

function clusterSource({ kubeconfig, context, scenario, example }: UpFlags): ClusterSource {
  if (kubeconfig === undefined) {
    if (context !== undefined) {
      throw new CliError(
        'usage',
        '--context names a context of a kubeconfig, and none is given',
        'add --kubeconfig FILE',
      )
    }
    return { kind: 'simulated', story: scenario ?? null, example }
  }
  if (scenario !== undefined) {
    throw new CliError('usage', '--scenario plays in simulated clusters only', 'leave out --kubeconfig, or --scenario')
  }
  for (const file of kubeconfig) {
    if (!existsSync(file)) throw new CliError('usage', `--kubeconfig ${file}: there is no such file`, 'check the path')
  }
  const [file = ''] = kubeconfig
  if (context !== undefined && kubeconfig.length > 1) {
    throw new CliError(
      'usage',
      '--context is of which of the kubeconfigs?',
      'with several, write --kubeconfig FILE#CONTEXT',
    )
  }
  return { kind: 'kubeconfig', specs: context === undefined ? kubeconfig : context.map(name => `${file}#${name}`) }
}

function rate(option: string, text: string): Rate {
  const found = readRate(text)
  if (found) return found
  throw new CliError('usage', `${option} ${JSON.stringify(text)} is not ${rateWords.replaceAll('`', '')}`)
}

function wholeNumber(option: string, text: string, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= max) return number
  throw new CliError('usage', `${option} ${JSON.stringify(text)} is no whole number from 0 to ${max}`)
}
