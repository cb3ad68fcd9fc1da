import { machineOf } from '../cluster/pools.ts'
import { agent, type Cast, clusterOf, MissingActorError, nodesWith, oneWith } from './cast.ts'
import type { Story } from './story.ts'

const joinAndLeave: Story = {
  name: 'join-and-leave',
  summary: 'nodes join, one leaves, and every DaemonSet follows',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('node-agent', 'registry.example/node-agent:1.0'))
        return `${cluster.name}: DaemonSet default/node-agent is created; every node without a taint of its own is to answer.`
      },
    },
    ...[10, 13, 16].map(atSeconds => ({ atSeconds, play: joinWorker })),
    {
      atSeconds: 35,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const node = oneWith(cast, cluster, { pool: 'worker' })
        cluster.removeNode(node)
        return `${cluster.name}: node ${node} is gone with its machine. Its pods stay behind until the garbage collection of pods finds them (40 s).`
      },
    },
    { atSeconds: 50, play: joinWorker },
  ],
}

function joinWorker(cast: Cast): string {
  const cluster = clusterOf(cast, 0)
  const demo = cast.demos.get(cluster.name)
  const pool = demo?.pools.find(({ name }) => name !== 'control-plane')
  if (!demo || !pool) throw new MissingActorError(`nobody knows what ${cluster.name} is made of`)
  const machine = machineOf(pool, demo.region, Math.floor(cast.random() * 100), cast.random)
  cluster.addNode(machine)
  return `${cluster.name}: node ${machine.name} joins in zone ${machine.zone}. It is not ready at first, and tainted.`
}

const badImage: Story = {
  name: 'bad-image',
  summary: 'a rollout to an image that no registry has comes to a halt, and is undone',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('log-shipper', 'registry.example/log-shipper:2.3'))
        return `${cluster.name}: DaemonSet default/log-shipper is created with image log-shipper:2.3.`
      },
    },
    {
      atSeconds: 25,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('log-shipper', 'registry.example/log-shipper:2.4-missing'))
        return `${cluster.name}: somebody sets the image to log-shipper:2.4-missing. No registry has it: two nodes lose their pod, and the rollout goes no further.`
      },
    },
    {
      atSeconds: 75,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('log-shipper', 'registry.example/log-shipper:2.3'))
        return `${cluster.name}: the rollout is undone. Pods that were never touched keep running; the two get their old image back.`
      },
    },
  ],
}

const drain: Story = {
  name: 'drain',
  summary: 'a node is drained for maintenance and comes back: its daemon pods stay',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('node-agent', 'registry.example/node-agent:1.0'))
        for (let number = 1; number <= 6; number++) {
          const name = `web-${number}`
          cluster.apply('pods', 'default', {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name, labels: { app: 'web' } },
            spec: {
              containers: [{ name: 'web', image: 'registry.example/web:7', resources: { requests: { cpu: '1' } } }],
            },
          })
        }
        return `${cluster.name}: DaemonSet default/node-agent and six plain pods web-1 … web-6 are created.`
      },
    },
    {
      atSeconds: 20,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const node = nodesWith(cluster, { pool: 'worker' })[0] ?? ''
        cluster.drain(node)
        return `${cluster.name}: node ${node} is drained. It takes no new pods, and loses all but those of DaemonSets.`
      },
    },
    {
      atSeconds: 45,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const node = nodesWith(cluster, { pool: 'worker' })[0] ?? ''
        cluster.setNodeSilent(node, true)
        return `${cluster.name}: node ${node} is switched off for the repair. Nobody hears of its kubelet.`
      },
    },
    {
      atSeconds: 110,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const node = nodesWith(cluster, { pool: 'worker' })[0] ?? ''
        cluster.setNodeSilent(node, false)
        cluster.cordon(node, false)
        return `${cluster.name}: node ${node} is back and uncordoned. Its daemon pods are ready again, without a restart.`
      },
    },
  ],
}

const mislabelledPool: Story = {
  name: 'mislabelled-pool',
  summary: 'a pool loses the label that a DaemonSet selects by, and gets it back',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const nodeSelector = { ssd: 'true' }
        cluster.apply(
          'daemonsets',
          'default',
          agent('disk-watcher', 'registry.example/disk-watcher:1.1', { nodeSelector }),
        )
        const nodes = nodesWith(cluster, nodeSelector)
        return `${cluster.name}: DaemonSet default/disk-watcher is created for nodes with ssd=true: ${nodes.join(', ')}.`
      },
    },
    {
      atSeconds: 20,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const nodes = nodesWith(cluster, { ssd: 'true' })
        for (const node of nodes) cluster.labelNode(node, { ssd: 'True' })
        return `${cluster.name}: a script relabels the pool with ssd=True. Labels are compared letter by letter: all ${nodes.length} pods have to go.`
      },
    },
    {
      atSeconds: 45,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const nodes = nodesWith(cluster, { ssd: 'True' })
        for (const node of nodes) cluster.labelNode(node, { ssd: 'true' })
        return `${cluster.name}: the label is ssd=true again, and the pods come back.`
      },
    },
  ],
}

const zoneNotReady: Story = {
  name: 'zone-not-ready',
  summary: 'the network of a zone fails: its nodes become unreachable, and return',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('node-agent', 'registry.example/node-agent:1.0'))
        return `${cluster.name}: DaemonSet default/node-agent is created.`
      },
    },
    {
      atSeconds: 20,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const zone = zoneOf(cast)
        const nodes = nodesWith(cluster, { 'topology.kubernetes.io/zone': zone })
        for (const node of nodes) cluster.setNodeSilent(node, true)
        return `${cluster.name}: zone ${zone} is cut off. After 50 s without a heartbeat its ${nodes.length} nodes count as unreachable; their daemon pods stay, and are not ready.`
      },
    },
    {
      atSeconds: 110,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        const zone = zoneOf(cast)
        const nodes = nodesWith(cluster, { 'topology.kubernetes.io/zone': zone })
        for (const node of nodes) cluster.setNodeSilent(node, false)
        return `${cluster.name}: zone ${zone} is back. Its pods were there all the time: nothing is restarted.`
      },
    },
  ],
}

/** A zone of workers of the first cluster. @throws MissingActorError */
function zoneOf(cast: Cast): string {
  const cluster = clusterOf(cast, 0)
  const zones = cast.demos.get(cluster.name)?.pools.find(({ name }) => name !== 'control-plane')?.zones
  const zone = zones?.[zones.length - 1]
  if (!zone) throw new MissingActorError(`nobody knows the zones of ${cluster.name}`)
  return zone
}

const crashingUpdate: Story = {
  name: 'crashing-update',
  summary: 'a new version crashes where it lands, until its image is mended',
  steps: [
    {
      atSeconds: 2,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.apply('daemonsets', 'default', agent('metrics', 'registry.example/metrics:5.0'))
        return `${cluster.name}: DaemonSet default/metrics is created with image metrics:5.0.`
      },
    },
    {
      atSeconds: 22,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.setImageBehaviour('registry.example/metrics:5.1', 'crashes')
        cluster.apply('daemonsets', 'default', agent('metrics', 'registry.example/metrics:5.1'))
        return `${cluster.name}: metrics:5.1 rolls out. It exits with 1 soon after each start: CrashLoopBackOff on two nodes.`
      },
    },
    {
      atSeconds: 80,
      play(cast) {
        const cluster = clusterOf(cast, 0)
        cluster.setImageBehaviour('registry.example/metrics:5.1', 'runs')
        return `${cluster.name}: what metrics:5.1 was missing is there now. After their back-off the pods stay up, and the rollout goes on.`
      },
    },
  ],
}

/** All stories, by name. */
export const stories: readonly Story[] = [joinAndLeave, badImage, crashingUpdate, drain, mislabelledPool, zoneNotReady]

/** @throws RangeError naming the stories there are */
export function storyNamed(name: string): Story {
  const story = stories.find(other => other.name === name)
  if (story) return story
  const known = stories.map(other => other.name).join(', ')
  throw new RangeError(`no story ${JSON.stringify(name)}: there are ${known}`)
}
