import { createServer } from 'node:net'
import { EmbeddedError } from './errors.ts'
import { anotherPort } from './translate.ts'

/** Before anything is started that takes its time. 0 is free. @throws EmbeddedError */
export async function expectPortFree(port: number): Promise<void> {
  if (port === 0) return
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host: '127.0.0.1' }, resolve)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const options = { cause: error }
    if (code === 'EACCES') {
      throw new EmbeddedError('port-refused', `port ${port} is none that this user may use`, anotherPort, options)
    }
    throw error
  }
  await new Promise(resolve => server.close(resolve))
}
