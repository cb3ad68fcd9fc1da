import { isBehind, type LedgerArchive, type LedgerRowPlace, StoreError } from '@rollcall/store'
import { checkpointOf, type Manifest, type ManifestStream, manifestFolder, manifestSchema } from './manifest.ts'
import { readRows } from './parquet.ts'
import { openPlace, type Place } from './place.ts'

export type Archive = LedgerArchive & {
  /** Where what lies here of a stream ends; null: there is nothing. */
  end(cluster: string): Promise<(LedgerRowPlace & { readonly head: Buffer }) | null>
}

/** Opens an archive for reading: `DIR` or `s3://BUCKET/PREFIX`. What it holds is looked up when it is first asked. */
export async function openArchive(name: string): Promise<Archive> {
  return archiveIn(await openPlace(name))
}

export function archiveIn(place: Place): Archive {
  let read: Promise<readonly Manifest[]> | null = null
  const manifests = () => (read ??= readManifests(place))
  const streamsOf = async (cluster: string): Promise<ManifestStream[]> => {
    const all = await manifests()
    return all.flatMap(({ streams }) => streams.filter(stream => stream.cluster === cluster))
  }
  return {
    name: place.name,
    async clusters() {
      const all = await manifests()
      return [...new Set(all.flatMap(({ streams }) => streams.map(({ cluster }) => cluster)))].sort()
    },
    async *rows(cluster, behind) {
      for (const { file, last } of await streamsOf(cluster)) {
        if (!isBehind(last, behind)) continue
        const opened = await place.open(file)
        try {
          yield* readRows(`${place.name}: ${file}`, opened, behind)
        } finally {
          await opened.close()
        }
      }
    },
    async checkpoints(cluster) {
      return (await streamsOf(cluster)).flatMap(({ checkpoints }) =>
        checkpoints.map(entry => checkpointOf(cluster, entry)),
      )
    },
    async end(cluster) {
      const last = (await streamsOf(cluster)).at(-1)?.last
      return last ? { position: last.position, seq: last.seq, head: Buffer.from(last.hash, 'hex') } : null
    },
  }
}

/** By time. @throws StoreError `bad-archive` when one cannot be read */
async function readManifests(place: Place): Promise<Manifest[]> {
  const paths = (await place.list(manifestFolder)).filter(path => path.endsWith('.json'))
  const manifests: Manifest[] = []
  for (const path of paths) manifests.push(readManifest(place, path, (await place.getText(path)) ?? ''))
  if (manifests.length === 0)
    throw new StoreError('bad-archive', `${place.name} is no archive: it has no ${manifestFolder}*.json`)
  return manifests.sort((a, b) => (a.before < b.before ? -1 : 1))
}

export function readManifest({ name }: Place, path: string, text: string): Manifest {
  const wrong = (why: string) => new StoreError('bad-archive', `${name}: ${path} is no manifest of an archive: ${why}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw wrong((error as Error).message)
  }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is not as it should be'}`)
}
