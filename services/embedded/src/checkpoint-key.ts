import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type CheckpointSigner, checkpointSigner, newCheckpointKey } from '@rollcall/store'

/**
 * The key of this data folder, made with it. Its public half lies beside it (`….pub`): `rollcall verify` trusts that, and not
 * what the database names. @throws StoreError when the file holds no key
 */
export function checkpointSignerIn(file: string): CheckpointSigner {
  if (!existsSync(file)) writeFileSync(file, newCheckpointKey(), { mode: 0o600 })
  const signer = checkpointSigner(readFileSync(file, 'utf8'), file)
  writeFileSync(`${file}.pub`, signer.publicKey)
  return signer
}
