import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { onFreePorts, type Progress, type Running, run, type StartOptions, withFacts } from '@rollcall/local-process'
import { goInstalled } from '../cache/go-installed.ts'

const gatewayVersion = 'v1.8.0'

/** A store that speaks S3 (the Versity gateway, over a folder). */
export type ObjectStore = Running & {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Folder of a bucket's objects, for whoever wants to damage them. */
  bucketDir(bucket: string): string
}

/** Starts an object store on loopback with these buckets. @throws StartError */
export async function startObjectStore(
  options: StartOptions & { readonly buckets: readonly string[] },
): Promise<ObjectStore> {
  const dir = resolve(options.dir)
  const bucketDir = (bucket: string) => join(dir, 'buckets', bucket)
  for (const bucket of options.buckets) mkdirSync(bucketDir(bucket), { recursive: true })
  // Not every file system keeps attributes of files.
  const attributes = join(dir, 'attributes')
  mkdirSync(attributes, { recursive: true })
  const gateway = await gatewayBinary(options.progress)
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')]
  return onFreePorts({ port: undefined }, async ({ port }) => {
    const address = `127.0.0.1:${port}`
    const running = await run(
      {
        name: 'object-store',
        command: [
          gateway,
          ...[
            '--port',
            address,
            '--access',
            accessKeyId,
            '--secret',
            secretAccessKey,
            '--health',
            '/health',
            '--quiet',
          ],
          ...['posix', '--sidecar', attributes, join(dir, 'buckets')],
        ],
        cwd: dir,
        logFile: join(dir, 'object-store.log'),
        stopSignal: 'SIGTERM',
        stopMsMax: 10_000,
        readyMsMax: 30_000,
        keep: options.keep,
        answers: () => answersAt(`http://${address}/health`),
      },
      options.progress,
    )
    return withFacts(running, { endpoint: `http://${address}`, accessKeyId, secretAccessKey, bucketDir })
  })
}

async function answersAt(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false // It does not listen yet.
  }
}

const gatewayBinary = (progress?: Progress): Promise<string> =>
  goInstalled(
    {
      kind: 'object-store',
      title: 'the object store',
      path: 'github.com/versity/versitygw/cmd/versitygw',
      version: gatewayVersion,
    },
    progress,
  )
