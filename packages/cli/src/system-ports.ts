import { homedir } from 'node:os'
import { setTimeout as timeout } from 'node:timers/promises'
import { environment, invocation } from './config.ts'
import type { Ports } from './ports.ts'
import { systemTerminal } from './terminal.ts'

/** The real process. */
export const systemPorts: Ports = {
  terminal: systemTerminal,
  env: environment,
  homeDir: homedir(),
  cwd: process.cwd(),
  invokedAs: invocation(process.argv[1] ?? ''),
  now: () => Date.now(),
  wait: (ms, signal) =>
    timeout(ms, undefined, signal ? { signal } : {}).catch(error => {
      if (!signal?.aborted) throw error
    }),
  onInterrupt(run) {
    process.on('SIGINT', run)
    process.on('SIGTERM', run)
    return () => {
      process.off('SIGINT', run)
      process.off('SIGTERM', run)
    }
  },
  exit: code => process.exit(code),
  fetch: (...request) => fetch(...request),
}
