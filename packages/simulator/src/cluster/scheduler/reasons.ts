import type { Rejection } from './filters.ts'

/** How many nodes were turned down for what. */
export type Rejections = ReadonlyMap<Rejection, number>

/** kube-scheduler's `FitError`: `0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods. preemption: …`. */
export function fitErrorText(nodes: number, rejections: Rejections): string {
  if (nodes === 0) return 'no nodes available to schedule pods'
  const counts = new Map<string, number>()
  let hopeful = 0
  let hopeless = 0
  for (const [{ reasons, mayFreeUp }, count] of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count)
    if (mayFreeUp) hopeful += count
    else hopeless += count
  }
  const why = [...counts].map(([reason, count]) => `${count} ${reason}`).sort()
  const preemption = [
    ...(hopeful > 0 ? [`${hopeful} No preemption victims found for incoming pod`] : []),
    ...(hopeless > 0 ? [`${hopeless} Preemption is not helpful for scheduling`] : []),
  ].sort()
  const available = `0/${nodes} nodes are available`
  return `${available}: ${why.join(', ')}. preemption: ${available}: ${preemption.join(', ')}.`
}
