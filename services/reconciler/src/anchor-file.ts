import { type FileHandle, open } from 'node:fs/promises'
import { anchorLine, type Checkpoint, StoreError } from '@rollcall/store'
import type { CheckpointAnchor } from './ports.ts'

/**
 * Keeps checkpoints in a file that is only ever added to, a line each: several reconcilers may share it. Each is on disk when
 * `keep` resolves. What a crash has torn apart ends with its line. @throws StoreError when the file cannot be written
 */
export async function anchorFile(path: string): Promise<CheckpointAnchor> {
  const file = await opened(path).catch((error: NodeJS.ErrnoException) => {
    throw new StoreError('bad-anchors', `the anchors in ${path} cannot be written: ${error.code ?? error.message}`)
  })
  await file.close()
  return {
    async keep(checkpoint: Checkpoint) {
      // Opened each time: whoever rotates or moves the file need not tell us.
      const handle = await opened(path)
      try {
        await handle.appendFile(`${(await endsTorn(handle)) ? '\n' : ''}${anchorLine(checkpoint)}`)
        await handle.datasync()
      } finally {
        await handle.close()
      }
    },
  }
}

const opened = (path: string): Promise<FileHandle> => open(path, 'a+', 0o640)

async function endsTorn(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() !== '\n'
}
