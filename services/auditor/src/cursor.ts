import { canonicalJson, sha256Hex } from '@rollcall/contracts'
import type { RouteName } from '@rollcall/contracts/api'
import { z } from 'zod'
import { ProblemError } from './problem.ts'

/**
 * Cursors: opaque to whoever gets them. They hold a place, and a digest of the question they belong to, so that one that is
 * used with another question is told, and does not give a wrong page.
 */

const version = 1

export type Cursors<Place> = {
  write(place: Place): string
  /** @throws ProblemError `bad-cursor` */
  read(cursor: string): Place
}

/** `question`: all parameters but the cursor and the size of a page. */
export function cursorsFor<Place>(route: RouteName, question: object, place: z.ZodType<Place>): Cursors<Place> {
  const digest = sha256Hex(canonicalJson(JSON.parse(JSON.stringify([route, question])))).slice(0, 16)
  const schema = z.tuple([z.literal(version), z.string(), place])
  return {
    write: where => Buffer.from(JSON.stringify([version, digest, where])).toString('base64url'),
    read(cursor) {
      const parsed = schema.safeParse(parsedJson(Buffer.from(cursor, 'base64url').toString('utf8')))
      if (!parsed.success) throw badCursor('the cursor is none that this auditor has given')
      if (parsed.data[1] !== digest) throw badCursor('the cursor belongs to another question')
      return parsed.data[2]
    },
  }
}

function badCursor(detail: string): ProblemError {
  return new ProblemError('bad-cursor', detail, 'take the cursor of the page before, with the very same parameters', {
    parameter: 'cursor',
  })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is no cursor of ours: the schema refuses undefined.
    return undefined
  }
}
