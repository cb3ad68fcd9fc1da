import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that can go dead without a word: connections stay open, and nothing comes through. */
export type StallingProxy = {
  /** The given URL, by way of the proxy. */
  readonly url: string
  stall(): void
  resume(): void
  close(): Promise<void>
}

export async function startStallingProxy(url: string): Promise<StallingProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isStalled = false
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      // An end of one side is the end of the other, whatever the reason.
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
      if (isStalled) hold(from, to)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const proxied = new URL(url)
  proxied.port = String((server.address() as AddressInfo).port)
  const hold = (from: Socket, to?: Socket) => {
    from.unpipe(to)
    from.pause()
  }
  return {
    url: proxied.href,
    stall() {
      isStalled = true
      for (const socket of sockets) hold(socket)
    },
    resume() {
      // What was held is lost to both sides, as behind a router that has forgotten them.
      isStalled = false
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
