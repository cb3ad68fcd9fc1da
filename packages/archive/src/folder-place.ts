import { copyFile, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StoreError } from '@rollcall/store'
import { missing, type Place } from './place.ts'

/** An archive in a folder. */
export function folderPlace(name: string): Place {
  const root = resolve(name)
  const at = (path: string) => join(root, path)

  /** Under another name first: whoever looks finds the whole file. It is on the disk before it is named. */
  async function placed(path: string, write: (part: string) => Promise<void>): Promise<void> {
    const part = `${at(path)}.part`
    try {
      await mkdir(dirname(part), { recursive: true })
      await write(part)
      const file = await open(part, 'r+')
      await file.sync()
      await file.close()
      await rename(part, at(path))
    } catch (error) {
      throw new StoreError('failed', `${at(path)} cannot be written: ${(error as Error).message}`, { cause: error })
    }
  }
  return {
    name: root,
    put: (path, localFile) => placed(path, part => copyFile(localFile, part)),
    putText: (path, text) => placed(path, part => writeFile(part, text)),
    getText: path => orNull(readFile(at(path), 'utf8')),
    async open(path) {
      const file = await orNull(open(at(path)))
      if (file === null) throw missing(root, path)
      const { size } = await file.stat()
      return {
        byteLength: size,
        async slice(start, end = size) {
          const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
          await file.read(bytes, 0, bytes.length, start)
          return bytes.buffer
        },
        close: () => file.close(),
      }
    },
    async list(folder) {
      const names = (await orNull(readdir(at(folder)))) ?? []
      return names
        .filter(file => !file.endsWith('.part'))
        .sort()
        .map(file => `${folder}${file}`)
    },
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new StoreError('bad-archive', `the archive cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
