import type { Overview, Progress, ShadowDifferences } from '@rollcall/embedded'
import type { Ports } from '../ports.ts'
import { type Canvas, createCanvas } from './canvas.ts'
import { liveScreen } from './live-screen.ts'
import { PlainLines } from './plain-lines.ts'
import { noteProgress, progressLine, progressLines, type StartProgress } from './start-progress.ts'

/** What `up` shows: redrawn on a terminal, plain lines otherwise. */
export interface UpView {
  progress(progress: Progress): void
  /** Time passed: a spinner moves. */
  tick(): void
  /** Text that stays below what is drawn: the start is over, or the end has come. */
  say(lines: readonly string[]): void
  show(now: {
    overview: Overview
    differences: ShadowDifferences
    /** What is wrong just now with what is shown, or with Rollcall itself. */
    troubles: readonly string[]
    note: string | null
  }): void
}

export async function createView(ports: Ports): Promise<UpView> {
  return ports.terminal.isTerminal ? new ScreenView(ports, await createCanvas(ports)) : new PlainView(ports)
}

class ScreenView implements UpView {
  readonly #ports: Ports
  readonly #canvas: Canvas
  readonly #since: number
  #progress: StartProgress = []
  #frame = 0
  #isStarting = true

  constructor(ports: Ports, canvas: Canvas) {
    this.#ports = ports
    this.#canvas = canvas
    this.#since = ports.now()
  }

  progress(progress: Progress): void {
    this.#progress = noteProgress(this.#progress, progress)
    this.#canvas.draw(progressLines(this.#progress, this.#frame, this.#ports.terminal))
  }

  tick(): void {
    this.#frame += 1
    if (this.#isStarting && this.#progress.length > 0) {
      this.#canvas.draw(progressLines(this.#progress, this.#frame, this.#ports.terminal))
    }
  }

  say(lines: readonly string[]): void {
    this.#isStarting = false
    this.#canvas.keep()
    for (const line of lines) this.#ports.terminal.out(`${line}\n`)
  }

  show({ overview, differences, troubles, note }: Parameters<UpView['show']>[0]): void {
    this.#isStarting = false
    const runningMs = this.#ports.now() - this.#since
    this.#canvas.draw(liveScreen({ overview, differences, troubles, runningMs, note }, this.#ports.terminal))
  }
}

class PlainView implements UpView {
  readonly #ports: Ports
  readonly #lines = new PlainLines()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  progress(progress: Progress): void {
    const line = progressLine(progress)
    if (line !== null) this.say([line])
  }

  tick(): void {
    // Nothing moves here.
  }

  say(lines: readonly string[]): void {
    for (const line of lines) this.#ports.terminal.out(`${line}\n`)
  }

  show({ overview, differences, troubles }: Parameters<UpView['show']>[0]): void {
    const lines = this.#lines.next(overview, differences, troubles, this.#ports.now())
    this.say(lines)
  }
}
