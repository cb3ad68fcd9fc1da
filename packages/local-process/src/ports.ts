import { createServer } from 'node:net'
import { StartError } from './start-error.ts'

/**
 * Ports are drawn from below the range that kernels take for outgoing connections (Linux 32768, others 49152):
 * so no connection of a neighbour can sit on the port of a part that is being restarted.
 */
const firstPort = 20_000
const portCount = 10_000
const drawsMax = 200
/** How often a start is tried again on other ports when somebody was faster. */
const startsMax = 5

/** Ports given out in this process: two parts that start side by side must not be told the same. */
const givenOut = new Set<number>()

/** Whether nothing listens on the port of loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A port of loopback that is free now, and that this process has given to nobody else. */
export async function freePort(): Promise<number> {
  for (let draw = 0; draw < drawsMax; draw++) {
    const port = firstPort + Math.floor(Math.random() * portCount)
    if (givenOut.has(port)) continue
    givenOut.add(port)
    if (await isFree(port)) return port
    givenOut.delete(port)
  }
  throw new StartError({
    code: 'port-in-use',
    what: `No free port found between ${firstPort} and ${firstPort + portCount - 1} in ${drawsMax} draws`,
    mend: 'Stop what listens there, or give the ports',
  })
}

/**
 * Starts something on ports: those wanted, and free ones in place of `undefined`. When another process was faster
 * on a free one, tries again with others; a wanted port that is taken fails at once.
 */
export async function onFreePorts<const Wanted extends { readonly [name: string]: number | undefined }, Started>(
  wanted: Wanted,
  start: (ports: { readonly [Name in keyof Wanted]: number }) => Promise<Started>,
): Promise<Started> {
  const names = Object.keys(wanted) as (keyof Wanted)[]
  const allGiven = names.every(name => wanted[name] !== undefined)
  for (let attempt = 1; ; attempt++) {
    const ports = {} as { [Name in keyof Wanted]: number }
    for (const name of names) ports[name] = wanted[name] ?? (await freePort())
    try {
      return await start(ports)
    } catch (error) {
      const taken = error instanceof StartError && error.code === 'port-in-use'
      if (!taken || allGiven || attempt === startsMax) throw error
    }
  }
}
