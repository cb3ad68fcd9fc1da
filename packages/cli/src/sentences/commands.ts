import type { CommandResult, CommandType } from '@rollcall/contracts'
import type { CommandRecord } from '@rollcall/contracts/api'

type Words = {
  /** `creating pod x on node n` */
  readonly doing: (object: string, node: string) => string
  /** `pod x was created on node n` */
  readonly done: (object: string, node: string) => string
}

const onNode = (node: string): string => (node === '' ? '' : ` on node ${node}`)

/** Every command, being done and done. */
const words: { readonly [T in CommandType]: Words } = {
  CreatePod: {
    doing: (pod, node) => `creating pod ${pod}${onNode(node)}`,
    done: (pod, node) => `pod ${pod} was created${node === '' ? '' : ` for node ${node}`}`,
  },
  DeletePod: {
    doing: (pod, node) => `deleting pod ${pod}${onNode(node)}`,
    done: (pod, node) => `pod ${pod}${onNode(node)} was deleted`,
  },
  EvictPod: {
    doing: (pod, node) => `evicting pod ${pod}${onNode(node)}`,
    done: (pod, node) => `pod ${pod}${onNode(node)} was evicted`,
  },
  AdoptPod: { doing: pod => `adopting pod ${pod}`, done: pod => `pod ${pod} was adopted` },
  ReleasePod: { doing: pod => `releasing pod ${pod}`, done: pod => `pod ${pod} was released` },
  RelabelPod: { doing: pod => `relabelling pod ${pod}`, done: pod => `pod ${pod} was relabelled with its revision` },
  CreateRevision: { doing: name => `creating revision ${name}`, done: name => `revision ${name} was created` },
  UpdateRevision: { doing: name => `renumbering revision ${name}`, done: name => `revision ${name} was renumbered` },
  AdoptRevision: { doing: name => `adopting revision ${name}`, done: name => `revision ${name} was adopted` },
  ReleaseRevision: { doing: name => `releasing revision ${name}`, done: name => `revision ${name} was released` },
  DeleteRevision: { doing: name => `deleting revision ${name}`, done: name => `revision ${name} was deleted` },
  WriteStatus: { doing: () => "writing the DaemonSet's status", done: () => "the DaemonSet's status was written" },
  UntaintNode: {
    doing: (_, node) => `taking a startup taint from node ${node}`,
    done: (_, node) => `a startup taint was taken from node ${node}`,
  },
  RollBack: {
    doing: name => `rolling back to revision ${name}`,
    done: name => `the DaemonSet was given the template of revision ${name} again`,
  },
  RecordEvent: { doing: () => 'recording a Kubernetes Event', done: () => 'a Kubernetes Event was recorded' },
}

export type Settled = {
  readonly type: CommandType
  /** Name of the pod or revision, and of the node; '' when it has none, or it is not known. */
  readonly object: string
  readonly node: string
  /** null: no outcome came, the watched object showed it done. */
  readonly result: CommandResult | null
  readonly answer: { readonly code: number; readonly reason: string; readonly message: string } | null
}

/** What became of a command, without a full stop. */
export function outcomeWords({ type, object, node, result, answer }: Settled): string {
  const { doing, done } = words[type]
  const task = doing(object, node).trim()
  const said = answer === null ? '' : `: ${answer.code} ${answer.reason}${answer.message ? `, ${answer.message}` : ''}`
  switch (result) {
    case 'done':
    case null:
      return done(object, node)
    case 'alreadyDone':
      return `${done(object, node)} (it had been done before)`
    case 'superseded':
      return `${task} came too late: the object was another one by then`
    case 'nameTaken':
      return `${task} did not work: that name is taken by an object of others`
    case 'collided':
      return `${task} did not work: a revision of that name holds another template`
    case 'refused':
      return `the cluster refused ${task}${said}`
    case 'notAttempted':
      return `${task} was not tried, because the cluster had refused others of this DaemonSet just before`
    case 'skipped':
      return `${task} was left out: something newer made it pointless`
  }
}

/** Where a command stands, without a full stop. */
export function commandWords(command: CommandRecord): string {
  const object = command.pod?.name ?? revisionOf(command)
  const node = command.node ?? ''
  if (command.settled) {
    const { result, answer } = command.settled
    return outcomeWords({ type: command.type, object, node, result, answer })
  }
  const task = words[command.type].doing(object, node)
  if (command.delayed) {
    const { attempts, message } = command.delayed
    return `${task} is still being tried, ${attempts} times so far: ${message}`
  }
  return command.publishedAt === null ? `${task} waits to be sent` : `${task} is under way`
}

function revisionOf({ body }: CommandRecord): string {
  const { revision, name } = body as { revision?: unknown; name?: unknown }
  if (typeof name === 'string') return name
  const named = typeof revision === 'object' && revision !== null ? (revision as { name?: unknown }).name : undefined
  return typeof named === 'string' ? named : ''
}
