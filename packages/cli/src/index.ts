export { CliError, type ExitName, exitCodes } from './errors.ts'
export type { Ports } from './ports.ts'
export { createProgram, run } from './program.ts'
