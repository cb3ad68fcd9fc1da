import type { Form, Strategy } from './step.ts'
import { storyLabel } from './view.ts'

/** Where a template keeps the form it was made of. */
export const formAnnotation = 'twins.rollcall.dev/form'

const expression = (key: string, operator: string, ...values: string[]) => ({
  key,
  operator,
  ...(values.length > 0 ? { values } : {}),
})

const affinities = {
  'rank above 2': expression('rank', 'Gt', '2'),
  'rank 1 or 3': expression('rank', 'In', '3', '1'),
  'not hdd': expression('disk', 'NotIn', 'hdd'),
  // Preferred only, and of another kind: it goes along to the pods.
  'other affinity': null,
} as const

const tolerations = {
  soft: [{ key: 'soft', operator: 'Exists', effect: 'NoSchedule' }],
  hard: [{ key: 'hard', operator: 'Equal', value: 'yes', effect: 'NoExecute' }],
  everything: [{ operator: 'Exists' }],
  'not-ready for a while': [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
} as const

function affinityOf({ affinity }: Form): object {
  if (affinity === null) return {}
  const required = affinities[affinity]
  const preference = { weight: 1, preference: { matchExpressions: [expression('disk', 'In', 'ssd')] } }
  const nodeAffinity =
    required === null
      ? { preferredDuringSchedulingIgnoredDuringExecution: [preference] }
      : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [required] }] } }
  return { affinity: { nodeAffinity } }
}

/** The pods of a story run on its own nodes only. */
export function templateOf(story: string, daemonSet: string, form: Form) {
  return {
    metadata: {
      labels: { app: daemonSet },
      // With what Go's JSON escapes.
      annotations: { [formAnnotation]: JSON.stringify(form), note: `a<b&c>d ${form.note}` },
    },
    spec: {
      nodeSelector: { [storyLabel]: story, ...(form.disk === null ? {} : { disk: form.disk }) },
      ...affinityOf(form),
      ...(form.tolerates === null ? {} : { tolerations: tolerations[form.tolerates] }),
      ...(form.hostNetwork ? { hostNetwork: true } : {}),
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: `image:${form.image}`,
          resources: { requests: { cpu: form.isTooBig ? '2k' : '1m', memory: '1Mi' } },
        },
      ],
    },
  }
}

export type DaemonSetPlan = {
  readonly daemonSet: string
  readonly form: Form
  readonly strategy: Strategy
  readonly minReadySeconds: number
  readonly historyLimit: number
  readonly selects: 'labels' | 'expressions'
}

export function daemonSetOf(story: string, plan: DaemonSetPlan) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: plan.daemonSet, namespace: story, labels: { made: 'by-a-story' } },
    spec: {
      selector:
        plan.selects === 'labels'
          ? { matchLabels: { app: plan.daemonSet } }
          : { matchExpressions: [expression('app', 'In', plan.daemonSet, 'nobody'), expression('app', 'Exists')] },
      updateStrategy: plan.strategy,
      minReadySeconds: plan.minReadySeconds,
      revisionHistoryLimit: plan.historyLimit,
      template: templateOf(story, plan.daemonSet, plan.form),
    },
  }
}
