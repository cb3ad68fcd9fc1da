import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { type Answer, ourAnswer } from './answers.ts'
import { type Question, questionOf } from './questions.ts'
import { Random } from './random.ts'

export type Disagreement = { readonly question: Question; readonly reference: Answer; readonly ours: Answer }
export type Outcome = {
  readonly asked: number
  readonly disagreements: readonly Disagreement[]
  /** How often each verdict came: `run`, `continue`, `neither`. */
  readonly verdicts: Readonly<Record<'run' | 'continue' | 'neither', number>>
}

/** More than these are one defect. */
const disagreementsMax = 20

/**
 * Asks the reference's functions and ours the same random questions.
 * @param command the program that answers, with its arguments
 * @throws Error when the oracle fails or answers fewer questions than it was asked
 */
export async function compareWithOracle(
  command: readonly [string, ...string[]],
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Outcome> {
  const [program, ...args] = command
  const oracle = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    oracle.once('error', reject)
    oracle.once('exit', resolve)
  })
  // Both are looked at when the answers have ended: its code tells more than a pipe that broke.
  ended.catch(() => undefined)
  oracle.stdin.on('error', () => undefined)
  const random = new Random(seed)
  const waiting: Question[] = []
  const disagreements: Disagreement[] = []
  const verdicts = { run: 0, continue: 0, neither: 0 }
  async function askAll(): Promise<void> {
    for (let index = 0; index < count && oracle.stdin.writable; index++) {
      const question = questionOf(random)
      waiting.push(question)
      if (!oracle.stdin.write(`${JSON.stringify(question)}\n`)) await Promise.race([once(oracle.stdin, 'drain'), ended])
    }
    oracle.stdin.end()
  }
  const asking = Promise.allSettled([askAll()])
  let answered = 0
  // Go escapes U+2028 and its like, which readline would take for the end of a line.
  for await (const line of createInterface({ input: oracle.stdout })) {
    const question = waiting.shift()
    if (question === undefined) throw new Error(`the oracle said more than it was asked: ${line}`)
    const reference = JSON.parse(line) as Answer
    const ours = ourAnswer(question)
    verdicts[reference.shouldRun ? 'run' : reference.shouldContinue ? 'continue' : 'neither'] += 1
    if (!isDeepStrictEqual(ours, reference) && disagreements.length < disagreementsMax)
      disagreements.push({ question, reference, ours })
    answered += 1
  }
  await asking
  const code = await ended
  if (code !== 0 || answered !== count)
    throw new Error(`the oracle ended with code ${code} after ${answered} of ${count} answers (seed ${seed})`)
  return { asked: answered, disagreements, verdicts }
}
