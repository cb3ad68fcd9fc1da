import { statSync } from 'node:fs'
import type { Progress, Running } from '../contract.ts'
import { lastLines } from '../log-tail.ts'
import { StartError } from '../start-error.ts'
import { until } from '../until.ts'
import { endProcess, killProcess, signalProcess } from './end.ts'
import { type Launch, type Launched, launch } from './launch.ts'

/** Everything there is to know about how one part runs. */
export type Part = Launch & {
  readonly name: string
  /** One look at the real thing: does it answer? */
  readonly answers: () => boolean | Promise<boolean>
  readonly readyMsMax: number
  /** A start that failed with this in its log is tried again until `readyMsMax`: a predecessor was not quite gone. */
  readonly againWhen?: RegExp | undefined
}

/** Lines of the log that an error shows. */
const shownMax = 20
const portInUse = /address already in use|EADDRINUSE|port is already allocated/i

/** Starts a part and resolves when it answers. @throws StartError with the last lines of its log */
export async function run(part: Part, progress?: Progress): Promise<Running> {
  let current = await start(part, progress)
  // The port of a restarted part is its own: whoever holds it still is its predecessor, or gone in a moment.
  const afterPredecessor = {
    ...part,
    againWhen: part.againWhen === undefined ? portInUse : either(portInUse, part.againWhen),
  }
  let busy: Promise<void> = Promise.resolve()
  /** One thing at a time: a stop that arrives in the middle of a restart waits for it. */
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = busy.then(step)
    busy = turn.catch(() => undefined)
    return turn
  }
  const stop = async (): Promise<void> => {
    const ended = await endProcess(current, { signal: part.stopSignal, msMax: part.stopMsMax })
    if (ended !== 'was gone') progress?.(`${part.name} ${ended}`)
  }
  return {
    name: part.name,
    get pid() {
      return current.pid
    },
    logFile: part.logFile,
    stop: () => inTurn(stop),
    kill: (signal = 'SIGKILL') =>
      signal === 'SIGKILL' ? killProcess(current) : Promise.resolve(signalProcess(current, signal)),
    restart: () =>
      inTurn(async () => {
        await stop()
        current = await start(afterPredecessor, progress)
      }),
  }
}

async function start(part: Part, progress: Progress | undefined): Promise<Launched> {
  const began = performance.now()
  const deadline = began + part.readyMsMax
  for (;;) {
    const logFrom = sizeOf(part.logFile)
    const launched = launch(part)
    const { name, logFile, stopSignal, stopMsMax } = part
    part.keep?.({ name, logFile, stopSignal, stopMsMax, as: { pid: launched.pid, startedAt: launched.startedAt } })
    const ready = await until(part.answers, {
      msMax: deadline - performance.now(),
      giveUp: () => launched.ending() !== null,
    })
    if (ready && launched.ending() === null) {
      progress?.(
        `${part.name} answers after ${((performance.now() - began) / 1000).toFixed(1)} s (pid ${launched.pid})`,
      )
      return launched
    }
    const failure = failureOf(part, launched, logFrom)
    await killProcess(launched)
    const again = part.againWhen !== undefined && failure.lastLines.some(line => part.againWhen?.test(line))
    if (!again || performance.now() >= deadline) throw failure
  }
}

function failureOf(part: Part, launched: Launched, logFrom: number): StartError {
  const lines = lastLines(part.logFile, shownMax, logFrom)
  const ending = launched.ending()
  // Some say a lot more before they end.
  const taken = lastLines(part.logFile, 1_000, logFrom).find(line => portInUse.test(line))
  const what =
    ending === null
      ? `${part.name} did not answer within ${Math.round(part.readyMsMax / 1000)} s`
      : `${part.name} ${ending} before it answered`
  return new StartError({
    code: taken !== undefined ? 'port-in-use' : ending !== null ? 'exited' : 'not-ready',
    what: taken === undefined ? what : `${what}: ${taken.trim()}`,
    logFile: part.logFile,
    lastLines: lines,
  })
}

function either(one: RegExp, other: RegExp): RegExp {
  return new RegExp(`${one.source}|${other.source}`, 'i')
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
