import { createReadStream } from 'node:fs'
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { StoreError } from '@rollcall/store'
import { missing, type Place } from './place.ts'

/** Parts of an upload that are on their way at once are in memory. */
const partBytes = 16 * 1024 * 1024

/** A store that is away is told, not waited for. */
const connectMsMax = 5_000
const silenceMsMax = 30_000

/** An archive in any store that speaks S3: `s3://BUCKET/PREFIX[?endpoint=URL&region=REGION]`. @throws StoreError */
export function s3Place(name: string): Place {
  const { bucket, prefix, endpoint, region } = parse(name)
  const client = new S3Client({
    requestHandler: { connectionTimeout: connectMsMax, socketTimeout: silenceMsMax },
    ...(region ? { region } : {}),
    // Others than Amazon rarely have a host name for each bucket.
    ...(endpoint ? { endpoint, forcePathStyle: true, region: region ?? 'us-east-1' } : {}),
  })
  const key = (path: string) => `${prefix}${path}`
  const failed = (what: string, error: unknown) =>
    new StoreError('failed', `${name}: ${what}: ${(error as Error).message}`, { cause: error })

  return {
    name,
    async put(path, localFile) {
      const body = createReadStream(localFile)
      try {
        const params = { Bucket: bucket, Key: key(path), Body: body }
        await new Upload({ client, params, partSize: partBytes, queueSize: 2 }).done()
      } catch (error) {
        throw failed(`${path} cannot be written`, error)
      } finally {
        body.destroy()
      }
    },
    async putText(path, text) {
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key(path), Body: text }))
      } catch (error) {
        throw failed(`${path} cannot be written`, error)
      }
    },
    async getText(path) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(path) }))
        return (await Body?.transformToString()) ?? null
      } catch (error) {
        if (isMissing(error)) return null
        throw failed(`${path} cannot be read`, error)
      }
    },
    async open(path) {
      const at = { Bucket: bucket, Key: key(path) }
      const head = await client.send(new HeadObjectCommand(at)).catch((error: unknown) => {
        throw isMissing(error) ? missing(name, path) : failed(`${path} cannot be read`, error)
      })
      const size = head.ContentLength ?? 0
      return {
        byteLength: size,
        async slice(start, end = size) {
          if (start >= end) return new ArrayBuffer(0)
          try {
            const { Body } = await client.send(new GetObjectCommand({ ...at, Range: `bytes=${start}-${end - 1}` }))
            const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
            return new Uint8Array(bytes).buffer
          } catch (error) {
            throw failed(`${path} cannot be read`, error)
          }
        },
        close: async () => undefined,
      }
    },
    async list(folder) {
      const paths: string[] = []
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key(folder) })) {
          for (const { Key } of page.Contents ?? []) if (Key !== undefined) paths.push(Key.slice(prefix.length))
        }
      } catch (error) {
        throw failed('it cannot be listed', error)
      }
      return paths.sort()
    },
  }
}

function parse(name: string) {
  let url: URL
  try {
    url = new URL(name)
  } catch {
    throw new StoreError('bad-url', `${name} cannot be read: write s3://BUCKET/PREFIX`)
  }
  if (url.hostname === '') throw new StoreError('bad-url', `${name} names no bucket: write s3://BUCKET/PREFIX`)
  const folder = url.pathname.replace(/^\/+|\/+$/g, '')
  return {
    bucket: url.hostname,
    prefix: folder === '' ? '' : `${folder}/`,
    endpoint: url.searchParams.get('endpoint'),
    region: url.searchParams.get('region'),
  }
}

const isMissing = (error: unknown): boolean =>
  ['NoSuchKey', 'NotFound'].includes((error as { readonly name?: string }).name ?? '')
