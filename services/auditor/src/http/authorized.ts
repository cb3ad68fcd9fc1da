import { createHash, timingSafeEqual } from 'node:crypto'
import { ProblemError } from '../problem.ts'

/** Whether the bearer may ask. Takes equally long whatever was sent. @throws ProblemError `unauthorized` */
export function expectToken(token: string, header: string | undefined): void {
  const sent = /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
  if (sent !== undefined && timingSafeEqual(digest(sent), digest(token))) return
  const detail = sent === undefined ? 'the request bears no token' : 'the token is not that of this auditor'
  throw new ProblemError('unauthorized', detail, 'send `Authorization: Bearer <token>` with the token of the auditor')
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
