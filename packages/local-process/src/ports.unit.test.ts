import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort, isFree, onFreePorts } from './ports.ts'
import { StartError } from './start-error.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function occupy(port: number): Promise<void> {
  return new Promise(resolve => {
    const server = createServer()
    servers.push(server)
    server.listen(port, '127.0.0.1', resolve)
  })
}

const taken = (): StartError => new StartError({ code: 'port-in-use', what: 'taken' })

describe('free ports', () => {
  test('lie below those that outgoing connections get', async () => {
    const port = await freePort()
    expect(port).toBeGreaterThanOrEqual(20_000)
    expect(port).toBeLessThan(30_000)
  })

  test('are never given out twice in one process', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
    expect(new Set(ports).size).toBe(50)
  })

  test('are free, and are not once something listens there', async () => {
    const port = await freePort()
    expect(await isFree(port)).toBe(true)
    await occupy(port)
    expect(await isFree(port)).toBe(false)
  })
})

describe('a start on free ports', () => {
  test('is tried again on others when somebody was faster', async () => {
    const tried: number[] = []
    const port = await onFreePorts({ port: undefined }, async ports => {
      tried.push(ports.port)
      if (tried.length < 3) throw taken()
      return ports.port
    })
    expect(new Set(tried).size).toBe(3)
    expect(port).toBe(tried[2])
  })

  test('gives up after five times', async () => {
    let tries = 0
    const start = onFreePorts({ port: undefined }, async () => {
      tries += 1
      throw taken()
    })
    await expect(start).rejects.toThrow('taken')
    expect(tries).toBe(5)
  })

  test('on the port that is wanted fails at once when that is taken', async () => {
    let tries = 0
    const start = onFreePorts({ port: 20_001 }, async () => {
      tries += 1
      throw taken()
    })
    await expect(start).rejects.toThrow('taken')
    expect(tries).toBe(1)
  })

  test('that fails for another reason is not tried again', async () => {
    let tries = 0
    const start = onFreePorts({ port: undefined }, async () => {
      tries += 1
      throw new StartError({ code: 'exited', what: 'broken' })
    })
    await expect(start).rejects.toThrow('broken')
    expect(tries).toBe(1)
  })
})
