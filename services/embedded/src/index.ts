/** The stories that `story` can name, for a list of them. */
export { stories } from '@rollcall/simulator'
export * from './contract.ts'
export { EmbeddedError, type EmbeddedErrorCode } from './errors.ts'
export { startEmbedded } from './start-embedded.ts'
