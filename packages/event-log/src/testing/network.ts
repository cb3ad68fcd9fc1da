import { connect, type Socket } from 'node:net'
import type { SocketFactory } from '../kafka/options.ts'

/** The network between one client and the brokers, with faults on demand. */
export type Network = {
  readonly factory: SocketFactory
  readonly openSockets: () => number
  /** From now on nothing gets through, and nobody says so: connections stay open, answers do not arrive. */
  stall(): void
  /** Cuts all connections, and lets none be made until `mend`. */
  cut(): void
  mend(): void
}

export function createNetwork(): Network {
  const sockets = new Set<Socket>()
  let state: 'up' | 'stalled' | 'cut' = 'up'

  return {
    factory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect)
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      // kafkajs attaches its listeners after this returns; they would let the data flow again.
      if (state === 'stalled') queueMicrotask(() => socket.pause())
      if (state === 'cut') queueMicrotask(() => socket.destroy(new Error('the network is cut')))
      return socket
    },
    openSockets: () => sockets.size,
    stall() {
      state = 'stalled'
      for (const socket of sockets) socket.pause()
    },
    cut() {
      state = 'cut'
      for (const socket of sockets) socket.destroy(new Error('the network is cut'))
    },
    mend() {
      state = 'up'
      for (const socket of sockets) socket.resume()
    },
  }
}
