import { connect } from 'node:net'

/** Metadata, version 1 of the oldest kind that Kafka 4 still takes: no tagged fields, and it names the controller. */
const metadataApiKey = 3
const metadataVersion = 2
const answerMsMax = 2_000
const answerBytesMax = 1024 * 1024

export type KafkaMetadata = { readonly clusterId: string; readonly brokers: readonly string[] }

/**
 * Asks one broker who is there. A broker that has not yet joined its own cluster answers with no brokers, so one
 * that names itself is ready. Spoken by hand: a client library would connect, retry and log on its own terms.
 */
export async function kafkaMetadata(host: string, port: number): Promise<KafkaMetadata> {
  const answer = await exchange(host, port, metadataRequest())
  let at = 4 // behind the correlation id
  const int32 = (): number => {
    at += 4
    return answer.readInt32BE(at - 4)
  }
  const text = (): string | null => {
    const length = answer.readInt16BE(at)
    at += 2
    if (length < 0) return null
    at += length
    return answer.toString('utf8', at - length, at)
  }
  const brokers: string[] = []
  for (let count = int32(); count > 0; count--) {
    int32() // node id
    const address = `${text()}:${int32()}`
    text() // rack
    brokers.push(address)
  }
  return { clusterId: text() ?? '', brokers }
}

/** Size, then header (api key, version, correlation id, client id), then an empty list of topics: none wanted. */
function metadataRequest(): Buffer {
  const client = Buffer.from('rollcall-infra')
  const body = Buffer.alloc(2 + 2 + 4 + 2 + client.length + 4)
  let at = body.writeInt16BE(metadataApiKey, 0)
  at = body.writeInt16BE(metadataVersion, at)
  at = body.writeInt32BE(1, at)
  at = body.writeInt16BE(client.length, at)
  at += client.copy(body, at)
  body.writeInt32BE(0, at)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function exchange(host: string, port: number, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    let received = Buffer.alloc(0)
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(answerMsMax, () => fail(new Error(`no answer within ${answerMsMax} ms`)))
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('closed before the answer was whole')))
    socket.once('connect', () => socket.write(request))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4) return
      const size = received.readInt32BE(0)
      if (size < 0 || size > answerBytesMax) fail(new Error('that is no Kafka broker'))
      else if (received.length >= 4 + size) {
        resolve(received.subarray(4, 4 + size))
        socket.destroy()
      }
    })
  })
}
