export { type Backoff, backoffMs, type RetryOptions, retry } from './backoff.ts'
export { kafkaOptions, postgresOptions, postgresRole, serviceOptions } from './config/common-options.ts'
export { type Environment, type LoadedConfig, loadConfig, type OptionsSchema } from './config/load-config.ts'
export { type OptionParser, option, optionalOption, requiredOption } from './config/option.ts'
export { choice, duration, flag, integer, list, parser, port, text, url } from './config/parsers.ts'
export { asError, errorFacts, isOperatingError, ServiceError } from './errors.ts'
export { type Check, createHealth, type Health, type Readiness } from './health.ts'
export { type HealthServer, type HealthServerOptions, startHealthServer } from './health-server.ts'
export {
  createLogger,
  createMemoryLogger,
  type Logger,
  type LogLevel,
  type LogLine,
  logLevels,
  silentLogger,
} from './logger.ts'
export { createManualTime, type ManualTime, settled } from './manual-time.ts'
export { Counter, createRegistry, Gauge, Histogram, Registry } from './metrics.ts'
export { type ProcessLife, systemLife } from './process-life.ts'
export { runService, type ServiceConfig, type ServiceContext, type ServiceDefinition } from './run-service.ts'
export {
  digestIn,
  openSecretFile,
  ownersOf,
  type SecretFileOptions,
  secretDigest,
  type WrongSecretFile,
  wrongDigest,
} from './secret-file.ts'
export { withoutPasswords } from './secrets.ts'
export { type Clock, type Random, systemClock, systemTimers, type Timers, wait } from './time.ts'
export { type WaitToStartOptions, waitToStart } from './wait-to-start.ts'
