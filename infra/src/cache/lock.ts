import { type LockFile, type ProcessIdentity, takeLockFile, until } from '@rollcall/local-process'

/** A Go build on a slow machine that does other things too; nobody waits longer for somebody else's. */
const waitMsMax = 40 * 60_000

/** Runs `work` while no other process on this machine holds the lock file. A dead holder's lock is taken over. */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
  onWaiting?: (holder: ProcessIdentity) => void,
): Promise<Result> {
  let lock: LockFile = takeLockFile(file)
  if (!lock.isOurs) {
    onWaiting?.(lock.holder)
    await until(
      () => {
        lock = takeLockFile(file)
        return lock.isOurs
      },
      { msMax: waitMsMax },
    )
  }
  if (!lock.isOurs)
    throw new Error(
      `${file} was held by another process for ${waitMsMax / 60_000} min. Remove it if that process is not building`,
    )
  try {
    return await work()
  } finally {
    lock.release()
  }
}
