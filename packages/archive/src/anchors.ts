import { anchorLine, type Checkpoint, readAnchors, StoreError } from '@rollcall/store'
import { openPlace, type Place } from './place.ts'

/**
 * Checkpoints kept where an archive could lie, an object each, never written twice: fit for buckets with object lock, and for
 * credentials that may only put. `anchors/CLUSTER@POSITION-SEQ-TIME.json`.
 */
const folder = 'anchors/'

/** Keeps checkpoints in a folder or an S3 store (`s3://BUCKET/PREFIX`). @throws StoreError when the name is none */
export async function anchorPlace(name: string): Promise<{ keep(checkpoint: Checkpoint): Promise<void> }> {
  const place = await openPlace(name)
  return { keep: checkpoint => place.putText(pathOf(checkpoint), anchorLine(checkpoint)) }
}

/**
 * The newest checkpoint of each cluster that is kept there: it vouches for all before it.
 * @throws StoreError `bad-anchors` when there is none, or one is no checkpoint
 */
export async function newestAnchors(name: string): Promise<readonly Checkpoint[]> {
  const place = await openPlace(name)
  const newest = new Map<string, string>()
  // Paths come in order, and the positions in them have equally many digits.
  for (const path of await place.list(folder)) {
    const cluster = clusterOf(path)
    if (cluster !== null) newest.set(cluster, path)
  }
  if (newest.size === 0) {
    throw new StoreError('bad-anchors', `${name} holds no checkpoints: it must be what --checkpoint-anchor names`)
  }
  const found: Checkpoint[] = []
  for (const [cluster, path] of newest) found.push(await readAnchor(place, cluster, path))
  return found
}

async function readAnchor(place: Place, cluster: string, path: string): Promise<Checkpoint> {
  const where = `${place.name}: ${path}`
  const { checkpoints } = readAnchors((await place.getText(path)) ?? '', where)
  const [checkpoint] = checkpoints
  if (checkpoint === undefined || checkpoints.length > 1 || pathOf(checkpoint) !== path) {
    throw new StoreError('bad-anchors', `${where} is not the checkpoint of ${cluster} that its name says`)
  }
  return checkpoint
}

const digits = (number: number): string => String(number).padStart(16, '0')

const pathOf = ({ cluster, position, seq, at }: Checkpoint): string =>
  `${folder}${encodeURIComponent(cluster)}@${digits(position)}-${digits(seq)}-${digits(at)}.json`

function clusterOf(path: string): string | null {
  const written = /^anchors\/([^@/]+)@\d{16}-\d{16}-\d{16}\.json$/.exec(path)?.[1]
  return written === undefined ? null : decodeURIComponent(written)
}
