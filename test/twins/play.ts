import type { Answer } from './api.ts'
import { daemonSetOf, templateOf } from './manifest.ts'
import {
  type ControllerRevision,
  comparePods,
  type DaemonSet,
  hashLabel,
  nodeOf,
  ownerOf,
  type Pod,
} from './objects.ts'
import { pokeLabel } from './picture.ts'
import { revisionBytes } from './revision-bytes.ts'
import type { Side } from './side.ts'
import { type Step, told } from './step.ts'
import { storyLabel } from './view.ts'

const apps = (story: string, kind: string) => `/apis/apps/v1/namespaces/${story}/${kind}`
const core = (story: string, kind: string) => `/api/v1/namespaces/${story}/${kind}`

const now = { gracePeriodSeconds: 0, propagationPolicy: 'Background' }

export function daemonSetNamed(side: Side, story: string, name: string): DaemonSet | undefined {
  return side.view.of('DaemonSet', story).find(({ metadata }) => metadata.name === name)
}

/** The pods of a DaemonSet on a node that are not on their way out, in the order of spec §3.4. */
export function podsAt(side: Side, story: string, daemonSet: string, node: string): Pod[] {
  const uid = daemonSetNamed(side, story, daemonSet)?.metadata.uid
  return side.view
    .of('Pod', story)
    .filter(pod => ownerOf(pod)?.uid === uid && nodeOf(pod) === node && pod.metadata.deletionTimestamp === undefined)
    .sort(comparePods)
}

/** A DaemonSet's own revisions, lowest number first. */
export function revisionsOf(side: Side, story: string, daemonSet: string): ControllerRevision[] {
  const uid = daemonSetNamed(side, story, daemonSet)?.metadata.uid
  return side.view
    .of('ControllerRevision', story)
    .filter(revision => uid !== undefined && ownerOf(revision)?.uid === uid)
    .sort((a, b) => a.revision - b.revision || (JSON.stringify(a.data) < JSON.stringify(b.data) ? -1 : 1))
}

/**
 * Does one step on one side. @returns the codes of the answers, which are to be the same on both sides
 * @throws Error when the step makes no sense to the API server: then nothing would be shown by it
 */
export async function play(side: Side, story: string, step: Step): Promise<readonly number[]> {
  const answers: Answer[] = []
  side.view.touch(story)
  await perform(side, story, step, answers)
  side.view.touch(story)
  const refused = answers.find(({ code }) => code >= 400 && code !== 404 && code !== 409)
  if (refused) throw new Error(`${side.name}, ${story}: ${told(step)} was refused: ${refused.body}`)
  return answers.map(({ code }) => code)
}

async function perform(side: Side, story: string, step: Step, answers: Answer[]): Promise<void> {
  const { api, view } = side
  const done = async (answer: Promise<Answer>) => {
    answers.push(await answer)
  }
  const patchDaemonSet = (name: string, patch: unknown, kind: 'json' | 'merge' | 'strategic' = 'merge') =>
    done(api.patch(`${apps(story, 'daemonsets')}/${name}`, kind, patch))
  const patchNode = (node: string, patch: unknown) =>
    done(api.patch(`/api/v1/nodes/${nodeName(story, node)}`, 'merge', patch))
  const firstPod = (target: { daemonSet: string; node: string }): string | null => {
    const [pod] = podsAt(side, story, target.daemonSet, nodeName(story, target.node))
    return pod ? `${core(story, 'pods')}/${pod.metadata.name}` : null
  }
  const onPod = async (target: { daemonSet: string; node: string }, act: (path: string) => Promise<Answer>) => {
    const path = firstPod(target)
    if (path !== null) await done(act(path))
  }
  const revisionOf = ({ daemonSet, number }: { daemonSet: string; number: number }) =>
    revisionsOf(side, story, daemonSet).find(({ revision }) => revision === number)
  const onRevision = async (
    target: { daemonSet: string; number: number },
    act: (path: string, revision: ControllerRevision) => Promise<Answer>,
  ) => {
    const revision = revisionOf(target)
    if (revision) await done(act(`${apps(story, 'controllerrevisions')}/${revision.metadata.name}`, revision))
  }

  switch (step.do) {
    case 'join':
      return done(api.post('/api/v1/nodes', nodeManifest(story, step)))
    case 'leave':
      return done(api.delete(`/api/v1/nodes/${nodeName(story, step.node)}`))
    case 'collect': {
      const nodes = new Set(view.of('Node', story).map(({ metadata }) => metadata.name))
      for (const { metadata, spec } of view.of('Pod', story)) {
        if (spec.nodeName !== undefined && !nodes.has(spec.nodeName))
          await done(api.delete(`${core(story, 'pods')}/${metadata.name}`, now))
      }
      return
    }
    case 'label':
      return patchNode(step.node, { metadata: { labels: { [step.key]: step.value } } })
    case 'taint': {
      const present = view.of('Node', story).find(({ metadata }) => metadata.name === nodeName(story, step.node))
      const others = (present?.spec.taints ?? []).filter(({ key }) => key.startsWith('node.kubernetes.io/'))
      return patchNode(step.node, { spec: { taints: [...others, ...step.taints] } })
    }
    case 'cordon':
      return patchNode(step.node, { spec: { unschedulable: step.on || null } })
    case 'create':
      return done(api.post(apps(story, 'daemonsets'), daemonSetOf(story, step)))
    case 'remove':
      return done(api.delete(`${apps(story, 'daemonsets')}/${step.daemonSet}`, { propagationPolicy: step.propagation }))
    case 'change': {
      const value = templateOf(story, step.daemonSet, step.form)
      return patchDaemonSet(step.daemonSet, [{ op: 'replace', path: '/spec/template', value }], 'json')
    }
    case 'strategy':
      return patchDaemonSet(
        step.daemonSet,
        [{ op: 'replace', path: '/spec/updateStrategy', value: step.strategy }],
        'json',
      )
    case 'minReady':
      return patchDaemonSet(step.daemonSet, { spec: { minReadySeconds: step.seconds } })
    case 'history':
      return patchDaemonSet(step.daemonSet, { spec: { revisionHistoryLimit: step.limit } })
    case 'annotate':
      return patchDaemonSet(step.daemonSet, { metadata: { annotations: { note: step.value } } })
    case 'undo': {
      const revisions = revisionsOf(side, story, step.daemonSet)
      const target = step.to === null ? revisions.at(-2) : revisions.find(({ revision }) => revision === step.to)
      if (target) await patchDaemonSet(step.daemonSet, target.data, 'strategic')
      return
    }
    case 'fail':
    case 'finish': {
      const phase = step.do === 'fail' ? 'Failed' : 'Succeeded'
      return onPod(step, path => api.patch(`${path}/status`, 'merge', { status: { phase } }))
    }
    case 'unready':
      return onPod(step, path => {
        const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: new Date().toISOString() }]
        return api.patch(`${path}/status`, 'strategic', { status: { conditions } })
      })
    case 'deletePod':
      return onPod(step, path => api.delete(path))
    case 'evict':
      return onPod(step, path =>
        api.post(`${path}/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: path.split('/').at(-1), namespace: story },
        }),
      )
    case 'stray':
      return onPod(step, path =>
        api.patch(path, 'merge', { metadata: { labels: { app: strayLabel(step.daemonSet) } } }),
      )
    case 'return': {
      const [pod] = view
        .of('Pod', story)
        .filter(
          pod => pod.metadata.labels?.app === strayLabel(step.daemonSet) && nodeOf(pod) === nodeName(story, step.node),
        )
        .sort(comparePods)
      if (!pod) return
      const labels = { app: step.daemonSet }
      return done(api.patch(`${core(story, 'pods')}/${pod.metadata.name}`, 'merge', { metadata: { labels } }))
    }
    case 'editPod':
      return onPod(step, path => api.patch(path, 'merge', { metadata: { labels: { [step.label]: step.value } } }))
    case 'barePod':
      return done(api.post(core(story, 'pods'), barePod(side, story, step)))
    case 'deleteRevision':
      return onRevision(step, path => api.delete(path))
    case 'editRevision':
      return onRevision(step, path => api.patch(path, 'merge', { metadata: { labels: { [step.label]: step.value } } }))
    case 'renumber':
      return onRevision(step, path => api.patch(path, 'merge', { revision: step.to }))
    case 'orphanRevision':
      return onRevision(step, path => api.patch(path, 'merge', { metadata: { ownerReferences: null } }))
    case 'copyRevision': {
      const revision = revisionOf(step)
      if (!revision) return
      const data = (await revisionBytes(side, story)).get(revision.metadata.name)
      if (data !== undefined) await done(api.post(apps(story, 'controllerrevisions'), copyOf(revision, data, step)))
      return
    }
    case 'squat':
      await onRevision(step, async (path, { metadata }) => {
        await done(api.delete(path))
        return api.post(apps(story, 'controllerrevisions'), squatter(metadata.name))
      })
      return
    case 'poke':
      for (const { metadata } of view.of('DaemonSet', story)) {
        await patchDaemonSet(metadata.name, { metadata: { annotations: { poke: step.value } } })
        // An annotation wakes the built-in only: no log of Rollcall's holds it.
        const revision = revisionsOf(side, story, metadata.name).at(-1)
        if (revision === undefined) continue
        const path = `${apps(story, 'controllerrevisions')}/${revision.metadata.name}`
        await api.patch(path, 'merge', {
          metadata: { labels: { [pokeLabel]: `${step.value.replaceAll(/\W/g, '-')}` } },
        })
      }
  }
}

/** Objects of the cluster as a whole carry their story in their name. */
export const nodeName = (story: string, node: string): string => `${story}-${node}`

const strayLabel = (daemonSet: string): string => `stray-${daemonSet}`

/** As a kubelet registers it: ready at once. */
function nodeManifest(story: string, { node, labels, taints }: Step & { do: 'join' }) {
  const at = new Date().toISOString()
  const allocatable = { cpu: '1k', memory: '1Ti', pods: '10k' }
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: '',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  })
  return {
    metadata: {
      name: nodeName(story, node),
      labels: { [storyLabel]: story, 'kubernetes.io/hostname': nodeName(story, node), ...labels },
    },
    spec: { taints },
    status: {
      allocatable,
      capacity: allocatable,
      conditions: [
        condition('Ready', 'True', 'KubeletReady'),
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      ],
    },
  }
}

function barePod(side: Side, story: string, step: Step & { do: 'barePod' }) {
  const current = step.isCurrent ? revisionsOf(side, story, step.daemonSet).at(-1) : undefined
  const hash = current?.metadata.labels?.[hashLabel]
  const target = nodeName(story, step.node)
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [target] }]
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
  }
  const keeper = { apiVersion: 'v1', kind: 'ConfigMap', ...side.keeper(story), controller: true }
  return {
    metadata: {
      name: step.name,
      labels: { app: step.daemonSet, ...(hash === undefined ? {} : { [hashLabel]: hash }) },
      ...(step.isKept ? { ownerReferences: [keeper] } : {}),
    },
    spec: {
      ...(step.isBound ? { nodeName: target } : { affinity }),
      terminationGracePeriodSeconds: 1,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image: 'bare:1' }],
    },
  }
}

function squatter(name: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, labels: { app: 'squatter' } },
    revision: 1,
    data: { squatter: true },
  }
}

/** JSON text: with other bytes than the original's it would be no duplicate to the reference (differences.md#revision-equality). */
function copyOf(
  { metadata }: ControllerRevision,
  data: string,
  { name, to, isOwned, hash }: Step & { do: 'copyRevision' },
): string {
  const { [hashLabel]: present, ...labels } = metadata.labels ?? {}
  const shown = { same: present, other: 'copied', none: undefined }[hash]
  const copied = {
    name,
    labels: { ...labels, ...(shown === undefined ? {} : { [hashLabel]: shown }) },
    ...(isOwned ? { ownerReferences: metadata.ownerReferences } : {}),
  }
  return `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":${JSON.stringify(copied)},"revision":${to},"data":${data}}`
}
