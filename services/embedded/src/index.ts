export * from './contract.ts'
export { EmbeddedError, type EmbeddedErrorCode } from './errors.ts'
export { startEmbedded } from './start-embedded.ts'
