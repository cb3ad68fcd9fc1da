import type { Running } from '../contract.ts'

/** A handle with more to say. The handle itself, not a copy: its `pid` changes when it is restarted. */
export function withFacts<Facts extends object>(running: Running, facts: Facts): Running & Facts {
  return Object.assign(running, facts)
}
