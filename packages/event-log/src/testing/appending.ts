import { topics } from '@rollcall/contracts'
import { expect } from 'vitest'
import type { EventLog } from '../event-log.ts'

/** Appends one numbered record per key, again and again, until told to stop. */
export function keepAppending(
  log: EventLog,
  keys: readonly string[],
): { stop(): Promise<number>; readonly confirmed: () => number } {
  let isStopping = false
  let count = 0
  const running = (async () => {
    while (!isStopping) {
      await log.append(
        topics.events,
        keys.map(key => ({ key, value: `v${count}` })),
      )
      count++
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  })()
  return {
    confirmed: () => count,
    async stop() {
      isStopping = true
      await running
      return count
    },
  }
}

export const numbers = (values: readonly string[]) => values.map(value => Number(value.slice(1)))

/** Everything from 0 on came, and nothing came before what stands before it; repetitions are allowed. */
export function expectWhole(values: readonly number[], count: number): void {
  const firsts = values.filter((value, index) => values.indexOf(value) === index)
  expect(firsts).toEqual(Array.from({ length: count }, (_, index) => index))
}
