import type { Embedded, EmbeddedOptions } from './contract.ts'
import { EmbeddedError } from './errors.ts'

/** Starts all services in this process. @throws EmbeddedError */
export async function startEmbedded(_options: EmbeddedOptions): Promise<Embedded> {
  throw new EmbeddedError('failed', 'the embedded mode is under construction', null)
}
