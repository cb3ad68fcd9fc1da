import type { CommandResult, CommandType } from '@rollcall/contracts'
import type { CommandRecord } from '@rollcall/contracts/api'

type Words = {
  /** `create pod x on node n` */
  readonly toDo: (object: string, node: string) => string
  /** `pod x was created on node n` */
  readonly done: (object: string, node: string) => string
}

const onNode = (node: string): string => (node === '' ? '' : ` on node ${node}`)

/** Every command, to be done and done. */
const words: { readonly [T in CommandType]: Words } = {
  CreatePod: {
    toDo: (pod, node) => `create pod ${pod}${onNode(node)}`,
    done: (pod, node) => `pod ${pod} was created${node === '' ? '' : ` for node ${node}`}`,
  },
  DeletePod: {
    toDo: (pod, node) => `delete pod ${pod}${onNode(node)}`,
    done: (pod, node) => `pod ${pod}${onNode(node)} was deleted`,
  },
  AdoptPod: { toDo: pod => `adopt pod ${pod}`, done: pod => `pod ${pod} was adopted` },
  ReleasePod: { toDo: pod => `release pod ${pod}`, done: pod => `pod ${pod} was released` },
  RelabelPod: { toDo: pod => `relabel pod ${pod}`, done: pod => `pod ${pod} was relabelled with its revision` },
  CreateRevision: { toDo: name => `create revision ${name}`, done: name => `revision ${name} was created` },
  UpdateRevision: { toDo: name => `renumber revision ${name}`, done: name => `revision ${name} was renumbered` },
  AdoptRevision: { toDo: name => `adopt revision ${name}`, done: name => `revision ${name} was adopted` },
  ReleaseRevision: { toDo: name => `release revision ${name}`, done: name => `revision ${name} was released` },
  DeleteRevision: { toDo: name => `delete revision ${name}`, done: name => `revision ${name} was deleted` },
  WriteStatus: { toDo: () => "write the DaemonSet's status", done: () => "the DaemonSet's status was written" },
  RecordEvent: { toDo: () => 'record a Kubernetes Event', done: () => 'a Kubernetes Event was recorded' },
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
  const { toDo, done } = words[type]
  const task = toDo(object, node).trim()
  const said = answer === null ? '' : `: ${answer.code} ${answer.reason}${answer.message ? `, ${answer.message}` : ''}`
  switch (result) {
    case 'done':
    case null:
      return done(object, node)
    case 'alreadyDone':
      return `${done(object, node)} (it had been done before)`
    case 'superseded':
      return `to ${task} came too late: the object was another one by then`
    case 'nameTaken':
      return `to ${task} did not work: that name is taken by an object of others`
    case 'collided':
      return `to ${task} did not work: a revision of that name holds another template`
    case 'refused':
      return `the cluster refused to ${task}${said}`
    case 'notAttempted':
      return `to ${task} was not tried, because the cluster had refused others of this DaemonSet just before`
    case 'skipped':
      return `to ${task} was left out: something newer made it pointless`
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
  const task = words[command.type].toDo(object, node)
  if (command.delayed) {
    const { attempts, message } = command.delayed
    return `to ${task} is still being tried, ${attempts} times so far: ${message}`
  }
  return command.publishedAt === null ? `to ${task} waits to be sent` : `to ${task} is under way`
}

function revisionOf({ body }: CommandRecord): string {
  const { revision, name } = body as { revision?: unknown; name?: unknown }
  if (typeof name === 'string') return name
  const named = typeof revision === 'object' && revision !== null ? (revision as { name?: unknown }).name : undefined
  return typeof named === 'string' ? named : ''
}
