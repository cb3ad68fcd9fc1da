/** The process as a port: what ends it, and how it ends. */
export interface ProcessLife {
  /** SIGTERM or SIGINT came. */
  onSignal(run: (signal: 'SIGTERM' | 'SIGINT') => void): void
  /** Something was thrown, or rejected, that nobody caught. */
  onUncaught(run: (thrown: unknown, kind: 'uncaught exception' | 'unhandled rejection') => void): void
  stdout(text: string): void
  stderr(text: string): void
  exit(code: number): void
}

export const systemLife: ProcessLife = {
  onSignal(run) {
    process.on('SIGTERM', () => run('SIGTERM'))
    process.on('SIGINT', () => run('SIGINT'))
  },
  onUncaught(run) {
    process.on('uncaughtException', error => run(error, 'uncaught exception'))
    process.on('unhandledRejection', reason => run(reason, 'unhandled rejection'))
  },
  stdout: text => process.stdout.write(text),
  stderr: text => process.stderr.write(text),
  exit: code => process.exit(code),
}
