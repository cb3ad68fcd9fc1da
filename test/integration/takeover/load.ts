import { setTimeout as pass } from 'node:timers/promises'
import type { ControlPlane } from '@rollcall/infra'

/** Between two turns: rollouts, which a node without its pods holds up, go on then. */
const paceMs = 8_000
const lookMs = 100

/**
 * Keeps a cluster busy until it is stopped: turn by turn a node joins, is labelled, stays until it has its pods, and leaves;
 * and somebody writes at a DaemonSet. While no controller acts, the node waits. What the node leaves behind is collected at
 * once: pod GC waits for a minute, and for so long every rollout that replaces such a pod stands still (spec §11, trap 6).
 */
export function startLoad(cluster: ControlPlane, namespace: string, isServed: (node: string) => boolean) {
  let turns = 0
  const stopping = new AbortController()
  const { signal } = stopping

  async function collect(node: string): Promise<void> {
    const left = ['-n', namespace, 'pods', '--field-selector', `spec.nodeName=${node}`]
    do await cluster.kubectl(['delete', ...left, '--force', '--grace-period=0'])
    while ((await cluster.kubectl(['get', ...left, '-o', 'name'])) !== '')
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const node = `guest-${turns}`
      await cluster.addNodes([node])
      await cluster.kubectl(['-n', namespace, 'annotate', 'ds', 'steady-2', `load=${turns}`, '--overwrite'])
      await cluster.kubectl(['label', 'node', node, `turn=${turns}`])
      while (!isServed(node)) await pass(lookMs, null, { signal })
      await cluster.kubectl(['delete', 'node', node])
      await collect(node)
      turns += 1
      await pass(paceMs, null, { signal })
    }
  }
  const running = run().catch(error => {
    if (!signal.aborted) throw error
  })
  // Whoever waits for turns, or for the end, gets it.
  running.catch(() => undefined)
  return {
    /** Whole turns so far. @throws what ended the load */
    async turns(): Promise<number> {
      const isOver = await Promise.race([running.then(() => true), Promise.resolve(false)])
      if (isOver) throw new Error('the load has ended')
      return turns
    },
    async stop(): Promise<void> {
      stopping.abort()
      await running
    },
  }
}
