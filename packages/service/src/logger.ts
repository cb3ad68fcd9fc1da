import { type DestinationStream, pino } from 'pino'
import { withoutPasswords } from './secrets.ts'

/** What services say to people: a sentence, with its facts as fields. */
export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Fields whose value never reaches a log, at the top and one level down. */
const secretFields = ['password', 'token', 'authorization', 'secret', 'kubeconfig']

/**
 * JSON lines on stdout: `time` (ISO), `level` (word), `service`, the facts, `msg`. Fields that hold secrets are
 * replaced, and so is the password in any URL, wherever it stands.
 */
export function createLogger(options: {
  readonly service: string
  readonly level: LogLevel
  readonly destination?: DestinationStream
}): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap(field => [field, `*.${field}`]), censor: '***' },
    hooks: { streamWrite: withoutPasswords },
  }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}

const nothing = () => undefined
/** Says nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export type LogLine = { readonly level: LogLevel; readonly message: string; readonly facts: object }

/** Keeps what is said, for tests. */
export function createMemoryLogger(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLevel) => (facts: object, message: string) => {
    lines.push({ level, message, facts })
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
