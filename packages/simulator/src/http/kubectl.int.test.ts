import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlPlaneBinary } from '@rollcall/infra'
import { systemClock, systemTimers } from '@rollcall/service'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulatedCluster, type SimulatedCluster } from '../cluster/simulated-cluster.ts'
import { type ServedApi, serveApi } from './serve-api.ts'
import { type Running, startDaemonSetController } from './testing/daemonset-controller.ts'
import { type KubectlSession, kubectlSession } from './testing/kubectl-session.ts'

// The whole story of a DaemonSet by hand: the kubectl binary, and Kubernetes' own DaemonSet controller, as clients of a
// simulated cluster.

const dir = mkdtempSync(join(tmpdir(), 'rollcall-kubectl-'))
const manifest = join(dir, 'agent.yaml')
const wait = '--timeout=60s'
let cluster: SimulatedCluster
let api: ServedApi
let controller: Running
let admin: KubectlSession
let viewer: KubectlSession

beforeAll(async () => {
  cluster = createSimulatedCluster({ name: 'simulated', seed: 'kubectl', clock: systemClock, timers: systemTimers })
  for (const name of ['n1', 'n2', 'n3', 'n4']) {
    cluster.addNode({ name, zone: name < 'n3' ? 'a' : 'b', labels: name === 'n1' ? { disk: 'ssd' } : {} })
  }
  cluster.start()
  api = await serveApi({ store: cluster.store, clusterName: 'simulated', faults: cluster.faults })
  const binary = await controlPlaneBinary()
  const session = (user: 'admin' | 'view') => {
    const kubeconfig = join(dir, `${user}.kubeconfig`)
    writeFileSync(kubeconfig, api.kubeconfig(user))
    return kubectlSession(binary, kubeconfig, join(dir, 'cache'))
  }
  admin = session('admin')
  viewer = session('view')
  controller = await startDaemonSetController(binary, join(dir, 'admin.kubeconfig'), dir)
  await admin.run(`wait node --all --for=condition=Ready ${wait}`)
})
afterAll(async () => {
  await controller?.stop()
  await api?.close()
  cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** A fresh agent on all four nodes. */
async function applyAgent(namespace: string): Promise<void> {
  writeFileSync(manifest, agentYaml(namespace))
  await admin.run(`create namespace ${namespace}`)
  await admin.run(`apply -f ${manifest}`)
  await admin.run(`rollout status ds/agent -n ${namespace} ${wait}`)
}

function agentYaml(namespace: string): string {
  return `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: ${namespace}, labels: { app: agent } }
spec:
  selector: { matchLabels: { app: agent } }
  updateStrategy: { rollingUpdate: { maxUnavailable: 4 } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: agent:1
          resources: { requests: { cpu: 100m, memory: 64Mi } }
`
}

let story = 0
let namespace = ''
const agent = (line: string) => admin.run(`${line} -n ${namespace}`)
const nodesOfPods = () => agent(`get pods -o 'jsonpath={.items[*].spec.nodeName}'`).then(text => text.split(' ').sort())

beforeEach(async () => {
  story += 1
  namespace = `story-${story}`
  await applyAgent(namespace)
})

describe('looking', () => {
  test('get shows the usual columns', async () => {
    expect(await agent('get ds agent -o wide')).toMatch(
      /NAME +DESIRED +CURRENT +READY +UP-TO-DATE +AVAILABLE +NODE SELECTOR +AGE +CONTAINERS +IMAGES +SELECTOR\nagent +4 +4 +4 +4 +4 +<none> +\S+ +main +agent:1 +app=agent\n/,
    )
    expect(await agent('get pods -o wide')).toMatch(/agent-\w+ +1\/1 +Running +0 +\S+ +10\.\S+ +n1 +<none> +<none>\n/)
    expect(await admin.run('get nodes -o wide')).toMatch(
      /n1 +Ready +<none> +\S+ +v1\.37\.2 +10\.\S+ +<none> +\S.*containerd/,
    )
    expect(await agent('get controllerrevisions')).toMatch(/agent-\w+ +daemonset\.apps\/agent +1 +/)
    expect(await agent('get all')).toMatch(/daemonset\.apps\/agent/)
    expect(await agent('get events')).toMatch(/Normal +Scheduled +pod\/agent-\w+ +Successfully assigned/)
    expect(await admin.run('get leases -n kube-node-lease')).toMatch(/n1 +n1 /)
  })

  test('describe tells of a DaemonSet, a node and a pod', async () => {
    const described = await agent('describe ds agent')
    expect(described).toMatch(/Desired Number of Nodes Scheduled: 4/)
    expect(described).toMatch(/Pods Status: +4 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/)
    expect(described).toMatch(/SuccessfulCreate +\S+ +daemonset-controller +Created pod: agent-/)
    expect(await admin.run('describe node n1')).toMatch(new RegExp(`${namespace} +agent-\\w+ +100m \\(2%\\)`))
    expect(await agent('describe pod')).toMatch(/Controlled By: +DaemonSet\/agent/)
  })

  test('api-resources, explain, auth, version and cluster-info answer', async () => {
    expect(await admin.run('api-resources')).toMatch(/daemonsets +ds +apps\/v1 +true +DaemonSet/)
    expect(await admin.run('explain ds.spec.updateStrategy.rollingUpdate.maxSurge')).toMatch(/maximum number of nodes/)
    expect(await admin.run('auth whoami')).toMatch(/Username +admin/)
    expect(await admin.run('auth can-i delete nodes')).toBe('yes\n')
    expect(await admin.run('version')).toMatch(/Server Version: v1\.37\.2/)
    expect(await admin.run('cluster-info')).toMatch(/is running at/)
  })

  test('logs, exec and port-forward say why there is nothing', async () => {
    const why = 'no container runs behind them'
    expect((await admin.say(`logs ds/agent -n ${namespace}`)).err).toContain(`simulated pods have no logs: ${why}`)
    for (const [line, what] of [
      ['exec ds/agent -- ls', 'exec'],
      ['port-forward ds/agent 18080:80', 'portforward'],
    ]) {
      const { code, err } = await admin.say(`-n ${namespace} ${line}`)
      expect([code, err]).toEqual([1, expect.stringContaining(`simulated pods cannot do "${what}": ${why}`)])
    }
  })

  test('get -w follows what happens', async () => {
    const following = admin.follow(`get ds agent -w -n ${namespace}`)
    const seen: string[] = []
    for await (const line of following.lines) {
      seen.push(line)
      if (seen.length === 2)
        await admin
          .run('cordon n4')
          .then(() => admin.run('label node n4 watched=yes'))
          .then(() => agent('patch ds agent -p {"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}'))
      if (/^agent +1 +1 +1 +1 +1 +disk=ssd/.test(line)) break
    }
    following.end()
    expect(seen[0]).toMatch(/^NAME +DESIRED/)
    expect(seen[1]).toMatch(/^agent +4 +4 +4/)
    await admin.run('uncordon n4')
  })

  test('who may only view sees all, and changes nothing', async () => {
    expect(await viewer.run(`get ds,pods -n ${namespace}`)).toMatch(/daemonset\.apps\/agent/)
    const refused = await viewer.say(`delete ds agent -n ${namespace}`)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(
      `daemonsets.apps "agent" is forbidden: User "view" cannot delete resource "daemonsets" in API group "apps" in the namespace "${namespace}"`,
    )
  })
})

describe('nodes', () => {
  test('a node selector, labels and taints decide where pods are', async () => {
    await agent(`patch ds agent -p {"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}`)
    await agent(`rollout status ds/agent ${wait}`)
    expect(await nodesOfPods()).toEqual(['n1'])
    await admin.run('label node n2 disk=ssd')
    await agent(`wait ds/agent '--for=jsonpath={.status.numberReady}=2' ${wait}`)
    expect(await nodesOfPods()).toEqual(['n1', 'n2'])
    await admin.run('taint node n2 broken=yes:NoExecute')
    await agent(`wait ds/agent '--for=jsonpath={.status.desiredNumberScheduled}=1' ${wait}`)
    await agent(`wait ds/agent '--for=jsonpath={.status.numberReady}=1' ${wait}`)
    await admin.run('taint node n2 broken-')
    await admin.run('label node n2 disk-')
    await agent(`wait ds/agent '--for=jsonpath={.status.desiredNumberScheduled}=1' ${wait}`)
  })

  test('a cordoned and drained node keeps its daemon pod, and loses others', async () => {
    const pod = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'lone', namespace },
      spec: { nodeName: 'n3', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'lone:1' }] },
    })
    await admin.run('apply -f -', { input: pod })
    await agent(`wait pod/lone --for=condition=Ready ${wait}`)
    expect((await admin.say('drain n3')).err).toMatch(/cannot delete DaemonSet-managed Pods/)
    const drained = await admin.run(`drain n3 --ignore-daemonsets --force ${wait}`)
    expect(drained).toMatch(/evicting pod|pod\/lone evicted/)
    expect(await admin.run('get node n3')).toMatch(/n3 +Ready,SchedulingDisabled/)
    expect(await nodesOfPods()).toEqual(['n1', 'n2', 'n3', 'n4'])
    await admin.run('uncordon n3')
    expect(await admin.run('get node n3')).toMatch(/n3 +Ready +/)
  })
})

describe('rollouts', () => {
  test('set image, status, history, undo, restart', async () => {
    await agent('set image ds/agent main=agent:2')
    expect(await agent(`rollout status ds/agent ${wait}`)).toMatch(/daemon set "agent" successfully rolled out/)
    expect(await agent('rollout history ds/agent')).toMatch(/1 +<none>\n2 +<none>\n/)
    expect(await agent('rollout history ds/agent --revision=2')).toMatch(/Image:\tagent:2/)
    expect(await agent('rollout undo ds/agent')).toMatch(/rolled back/)
    await agent(`rollout status ds/agent ${wait}`)
    expect(await agent(`get pods -o 'jsonpath={.items[*].spec.containers[0].image}'`)).toBe(
      'agent:1 agent:1 agent:1 agent:1',
    )
    expect(await agent('rollout restart ds/agent')).toMatch(/restarted/)
    await agent(`rollout status ds/agent ${wait}`)
    expect(await agent('rollout history ds/agent')).toMatch(/2 +<none>\n3 +<none>\n4 +<none>\n/)
  })

  test('edit saves what is valid, and refuses what is not', async () => {
    const edit = (editor: string) => admin.run(`edit ds agent -n ${namespace}`, { editor })
    await edit(`sed -i -e 's/revisionHistoryLimit: 10/revisionHistoryLimit: 4/'`)
    expect(await agent(`get ds agent -o 'jsonpath={.spec.revisionHistoryLimit}'`)).toBe('4')
    await expect(edit(`sed -i -e 's/revisionHistoryLimit: 4/revisionHistoryLimit: -4/'`)).rejects.toThrow(/is invalid/)
    expect(await agent(`get ds agent -o 'jsonpath={.spec.revisionHistoryLimit}'`)).toBe('4')
  })

  test('apply is told of unknown fields, changes nothing twice, and diffs to nothing', async () => {
    expect(await admin.run(`apply -f ${manifest}`)).toMatch(/unchanged/)
    expect(await admin.run(`diff -f ${manifest}`)).toBe('')
    expect(await admin.run(`apply --dry-run=server -f ${manifest}`)).toMatch(/unchanged \(server dry run\)/)
    const mistaken = join(dir, 'mistaken.yaml')
    writeFileSync(mistaken, agentYaml(namespace).replace('  selector:', '  paused: true\n  selector:'))
    const refused = await admin.say(`apply -f ${mistaken}`)
    expect(refused.err).toContain('strict decoding error: unknown field "spec.paused"')
    const serverSide = await admin.say(`apply --server-side -f ${manifest}`)
    expect(serverSide.err).toContain('the simulator has no server-side apply: use kubectl apply without --server-side')
  })
})

describe('deletion', () => {
  test('in the background, the pods follow', async () => {
    await agent('delete ds agent')
    await agent(`wait pod --all --for=delete ${wait}`)
    expect(await agent('get pods -o name')).toBe('')
  })

  test('in the foreground, the DaemonSet goes last', async () => {
    await agent('delete ds agent --cascade=foreground')
    expect(await agent('get pods,ds -o name')).toBe('')
  })

  test('orphaned pods stay, and are adopted', async () => {
    const before = await agent('get pods -o name')
    await agent('delete ds agent --cascade=orphan')
    expect(await agent('get pods -o name')).toBe(before)
    await admin.run(`apply -f ${manifest}`)
    await agent(`wait ds/agent '--for=jsonpath={.status.numberReady}=4' ${wait}`)
    await agent(`rollout status ds/agent ${wait}`)
    expect(await nodesOfPods()).toEqual(['n1', 'n2', 'n3', 'n4'])
  })

  test('a namespace takes all with it', async () => {
    await admin.run(`delete namespace ${namespace} ${wait}`)
    expect((await admin.say(`get namespace ${namespace}`)).err).toMatch(/namespaces "story-\d+" not found/)
    expect(await admin.run(`get pods -A -o name --field-selector metadata.namespace=${namespace}`)).toBe('')
  })
})
