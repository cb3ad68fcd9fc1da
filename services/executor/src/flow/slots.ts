import type { HeldCommand } from './held-command.ts'

/** The queues of a cluster's slots: commands of one slot run in the order they came in, one at a time. */
export class Slots {
  readonly #queues = new Map<string, HeldCommand[]>()

  /** Puts the command last in its slot. Returns the commands it makes moot; they are out of the slot already. */
  add(held: HeldCommand): readonly HeldCommand[] {
    const queue = this.#queues.get(held.command.slot)
    if (!queue) {
      this.#queues.set(held.command.slot, [held])
      return []
    }
    const moot = queue.filter(older => isMoot(older, held))
    for (const older of moot) queue.splice(queue.indexOf(older), 1)
    queue.push(held)
    return moot
  }

  /** Whether a command behind it makes it moot. */
  isOvertaken(held: HeldCommand): boolean {
    const queue = this.#queues.get(held.command.slot) ?? []
    return queue.slice(queue.indexOf(held) + 1).some(newer => isMoot(held, newer))
  }

  remove(held: HeldCommand): void {
    const { slot } = held.command
    const queue = this.#queues.get(slot)
    const index = queue?.indexOf(held) ?? -1
    if (!queue || index < 0) return
    queue.splice(index, 1)
    if (queue.length === 0) this.#queues.delete(slot)
  }

  /** The command of the slot whose turn it is. */
  first(slot: string): HeldCommand | undefined {
    return this.#queues.get(slot)?.[0]
  }
}

/** Whether the newer command of the slot makes the older one, which nothing is being done about now, pointless. */
function isMoot(older: HeldCommand, newer: HeldCommand): boolean {
  if (older.state === 'running') return false
  const [a, b] = [older.command, newer.command]
  // The core wants another pod only when it has seen the older one come and go: tried once more, it might come back.
  if (a.type === 'CreatePod') return b.type === 'CreatePod'
  if (a.type === 'EvictPod') return b.type === 'EvictPod' && a.pod.uid === b.pod.uid
  // Two deletions in one slot may mean two pods (duplicates); both have to go then.
  if (a.type === 'DeletePod') return b.type === 'DeletePod' && a.pod.uid === b.pod.uid
  return a.type === 'WriteStatus' && b.type === 'WriteStatus'
}
