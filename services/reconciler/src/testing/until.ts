import { systemTimers, wait } from '@rollcall/service'

/** Waits, in real time, until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, secondsMax = 90): Promise<void> {
  const end = Date.now() + secondsMax * 1_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`after ${secondsMax} s it still is not so that ${what}`)
    await wait(systemTimers, 50)
  }
}
