import type { Difference } from '../compare.ts'
import { compare } from '../compare.ts'
import { formAnnotation } from '../manifest.ts'
import { generationLabel, hashLabel } from '../objects.ts'
import type { Picture } from '../picture.ts'
import type { Context } from '../rules/index.ts'
import type { Form, Step } from '../step.ts'

// Small pictures for tests of the rules: the DaemonSet d1 of the story s1, in its first incarnation.

export const title = 'd1 #1'

export const formOf = (image: number, isTooBig = false): Form => ({
  image,
  disk: null,
  affinity: null,
  tolerates: null,
  hostNetwork: false,
  note: '',
  isTooBig,
})

type Facts = Readonly<Record<string, unknown>>

export const picture = (...facts: readonly Facts[]): Picture =>
  new Map(facts.flatMap(some => Object.entries(some).map(([at, value]) => [at, JSON.stringify(value)] as const)))

export const daemonSet = (form: Form, { limit = 10, uid = title } = {}): Facts => ({
  'daemonset/d1/title': uid,
  'daemonset/d1/spec': {
    template: { metadata: { annotations: { [formAnnotation]: JSON.stringify(form) } } },
    revisionHistoryLimit: limit,
  },
})

export const pod = (
  node: string,
  form: Form,
  { hash = `h${form.image}`, generation = `${form.image}`, index = 0, phase = 'Running', more = {} } = {},
): Facts => ({
  [`pod/s1-${node}/${title}/${index}`]: {
    phase,
    labels: { app: 'd1', [hashLabel]: hash, [generationLabel]: generation },
    annotations: { [formAnnotation]: JSON.stringify(form) },
    spec: { target: `s1-${node}` },
    ...more,
  },
})

export const revision = (form: Form, { name = `d1-h${form.image}`, hash = `h${form.image}` } = {}): Facts => ({
  [`revision/${name}/owners`]: [{ kind: 'DaemonSet', uid: title }],
  [`revision/${name}/labels`]: { [hashLabel]: hash },
  [`revision/${name}/data`]: {
    spec: { template: { metadata: { annotations: { [formAnnotation]: JSON.stringify(form) } } } },
  },
})

export const contextOf = (
  builtIn: Picture,
  rollcall: Picture,
  more: Partial<Context> = {},
): Context & { readonly differences: readonly Difference[] } => ({
  story: 's1',
  steps: [],
  pictures: { builtIn, rollcall },
  before: null,
  uneven: new Map(),
  drivenOut: new Set(),
  eventCounts: { builtIn: new Map(), rollcall: new Map() },
  differences: compare(builtIn, rollcall),
  ...more,
})

export const copied: Step = {
  do: 'copyRevision',
  daemonSet: 'd1',
  number: 1,
  name: 'copy',
  to: 3,
  isOwned: true,
  hash: 'same',
}
