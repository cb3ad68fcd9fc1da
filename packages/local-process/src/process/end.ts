import { until } from '../until.ts'
import { isAlive, type ProcessIdentity } from './identity.ts'

/** SIGKILL cannot be refused; what is left after this hangs in the kernel. */
const killMsMax = 10_000

/** Asks a process to end; kills its group when it has not within `msMax`. @returns how it ended */
export async function endProcess(
  target: ProcessIdentity,
  options: { readonly signal: NodeJS.Signals; readonly msMax: number },
): Promise<'was gone' | 'stopped' | 'killed'> {
  if (!isAlive(target)) return 'was gone'
  signalProcess(target, options.signal)
  // A frozen process would not hear of it.
  signalProcess(target, 'SIGCONT')
  if (await until(() => !isAlive(target), { msMax: options.msMax })) return 'stopped'
  await killProcess(target)
  return 'killed'
}

/** Kills a process and its group, and waits until it is gone. */
export async function killProcess(target: ProcessIdentity): Promise<void> {
  if (!isAlive(target)) return
  try {
    process.kill(-target.pid, 'SIGKILL')
  } catch {
    signalProcess(target, 'SIGKILL')
  }
  if (!(await until(() => !isAlive(target), { msMax: killMsMax }))) {
    throw new Error(`process ${target.pid} is still there ${killMsMax} ms after SIGKILL`)
  }
}

/** Sends a signal to this very process; nothing happens when it is gone. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return
  try {
    process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
