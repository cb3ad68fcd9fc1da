import { statSync } from 'node:fs'
import type { Checkpoint } from '@rollcall/store'
import type { Ports } from '../ports.ts'
import { withStoreErrors } from '../replay/open-record.ts'
import { textOfFile } from './open-ledgers.ts'

/**
 * The checkpoints in these files, and the newest of those in folders and S3 stores; lines that cannot be read are said.
 * @throws CliError on one that holds none
 */
export async function anchorsIn(
  places: readonly string[],
  { terminal }: Pick<Ports, 'terminal'>,
): Promise<Checkpoint[]> {
  const { readAnchors } = await import('@rollcall/store')
  const found: Checkpoint[] = []
  for (const file of places) {
    if (isPlace(file)) {
      const { newestAnchors } = await import('@rollcall/archive')
      found.push(...(await withStoreErrors(() => newestAnchors(file))))
      continue
    }
    const text = await textOfFile(file)
    const { checkpoints, unreadable } = await withStoreErrors(async () => readAnchors(text, file))
    for (const checkpoint of checkpoints) found.push(checkpoint)
    if (unreadable.length > 0) {
      const lines = `line${unreadable.length === 1 ? '' : 's'} ${unreadable.join(', ')}`
      terminal.err(`rollcall: ${file}: ${lines} cannot be read (torn by a crash, or altered): left out\n`)
    }
  }
  return found
}

const isPlace = (name: string): boolean =>
  /^s3:/.test(name) || statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
