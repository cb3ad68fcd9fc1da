import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function passwordFileOf(dir: string): string {
  return join(dir, 'password')
}

/** The owner's password, kept beside the data it opens: loopback has other users than us. */
export function passwordIn(dir: string): string {
  const file = passwordFileOf(dir)
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true })
    writeFileSync(file, `${randomBytes(12).toString('base64url')}\n`, { mode: 0o600 })
  }
  return readFileSync(file, 'utf8').trim()
}
