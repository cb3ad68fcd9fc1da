import { StoreError } from '@rollcall/store'

/** A file of which parts can be read. */
export type OpenFile = {
  readonly byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
  close(): Promise<void>
}

/** Where an archive lies. Paths use `/`; a file is there as a whole or not at all. */
export interface Place {
  /** As it was named. */
  readonly name: string
  /** Stores what lies in a local file, in the place of what was there. */
  put(path: string, localFile: string): Promise<void>
  putText(path: string, text: string): Promise<void>
  /** null: there is no such file. */
  getText(path: string): Promise<string | null>
  /** @throws StoreError `bad-archive` when there is no such file */
  open(path: string): Promise<OpenFile>
  /** Paths that begin with a folder's, in order. */
  list(folder: string): Promise<readonly string[]>
}

export const missing = (place: string, path: string): StoreError =>
  new StoreError('bad-archive', `${place} lacks ${path}, which its manifests name: bring it back from a copy`)

/**
 * `DIR`, or `s3://BUCKET/PREFIX`; with `?endpoint=URL` (and `&region=…`) another store than Amazon's. Credentials are found as
 * the AWS command line finds them. @throws StoreError when the name is none
 */
export async function openPlace(name: string): Promise<Place> {
  if (/^s3:/.test(name)) return (await import('./s3-place.ts')).s3Place(name)
  if (/^[a-z][a-z0-9+.-]+:\/\//.test(name)) {
    throw new StoreError('bad-url', `${name} is no place for an archive: name a folder, or s3://BUCKET/PREFIX`)
  }
  return (await import('./folder-place.ts')).folderPlace(name)
}
