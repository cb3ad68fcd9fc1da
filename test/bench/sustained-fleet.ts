import { parentPort, workerData } from 'node:worker_threads'
import { createKafkaEventLog } from '@rollcall/event-log'
import { systemClock, systemTimers, wait } from '@rollcall/service'
import { createSyntheticCluster } from '../../services/reconciler/src/testing/synthetic-cluster.ts'
import { appendEvents, startSyntheticExecutor } from '../../services/reconciler/src/testing/synthetic-executor.ts'
import type { Asked, Told } from './sustained.ts'

/**
 * The clusters of `sustained.ts`, in a thread of their own: they list themselves, carry commands out, and tell changes of pods
 * and nodes in turns at a steady rate, whether the reconciler keeps up or not.
 */
const { brokers, clusters: names, nodes, daemonSets } = workerData as Asked
/** Changes are told in bundles so far apart, as watchers tell them. */
const bundleMs = 20

const port = parentPort
if (!port) throw new Error('runs as a worker of sustained.ts')
const tell = (told: Told) => port.postMessage(told)
const log = createKafkaEventLog({ brokers: [...brokers], clientId: 'bench-fleet' })
const clusters = names.map(name => createSyntheticCluster(name, { nodes, daemonSets }, systemClock.now))
await startSyntheticExecutor(log, clusters)
for (const cluster of clusters) await appendEvents(log, cluster.listed())
const pods = names.length * nodes * daemonSets
while (clusters.reduce((sum, cluster) => sum + cluster.podCount(), 0) < pods) await wait(systemTimers, 20)
tell({ what: 'settled', pods })

port.on('message', ({ rate, seconds }: { rate: number; seconds: number }) => {
  play(rate, seconds).then(
    events => tell({ what: 'played', events }),
    error => {
      throw error
    },
  )
})

async function play(rate: number, seconds: number): Promise<number> {
  const total = rate * seconds
  const began = performance.now()
  let told = 0
  while (told < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * rate))
    const bundle = []
    for (; told < due; told++) {
      const cluster = clusters[told % clusters.length]
      if (!cluster) throw new Error('no clusters')
      const turn = Math.floor(told / clusters.length)
      bundle.push(turn % 2 === 0 ? cluster.touchPod(turn / 2) : cluster.touchNode((turn - 1) / 2))
    }
    await appendEvents(log, bundle)
    await wait(systemTimers, bundleMs)
  }
  return told
}
