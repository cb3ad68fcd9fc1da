import type { CommandOf } from '@rollcall/contracts'
import { goCanonicalJson, type Json, templateDigest } from '@rollcall/contracts'
import { ApiError, type KubeObject } from '@rollcall/kube'
import { controllerUidOf, isObject, type JsonObject, objectIn, ownerReferenceTo, textIn } from '../kube-objects.ts'
import { answered, answerOf, done, ownAnswer, type Settlement, settle } from './settlement.ts'
import type { Apply, Tools } from './tools.ts'

type CreateRevision = CommandOf<'CreateRevision'>

/** Creates the ControllerRevision of the DaemonSet's present template (spec §1.2, §1.3), read live. */
export const createRevision: Apply<'CreateRevision'> = async (command, tools, signal) => {
  const { daemonSet, name } = command
  const live = await tools.liveDaemonSets.now(daemonSet, signal).catch((error: unknown) => answered(error, 404))
  if (live instanceof ApiError) return settle('superseded', null, answerOf(live))
  const obstacle = whyNotCreate(command, live)
  if (obstacle) return settle('superseded', live, ownAnswer('DaemonSetChanged', obstacle))
  tools.templates.forget(daemonSet, name)
  try {
    const body = printRevision(command, live)
    const created = await tools.calls.create('ControllerRevision', daemonSet.namespace, body, signal)
    tools.templates.forget(daemonSet, name)
    return done(created)
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return settle('superseded', null, answerOf(error))
    if (error instanceof ApiError && error.reason === 'AlreadyExists') {
      return await whoseRevision(error, command, tools, signal)
    }
    throw error
  }
}

function whyNotCreate(command: CreateRevision, live: KubeObject): string | null {
  const what = `DaemonSet ${command.daemonSet.namespace}/${command.daemonSet.name}`
  const uid = textIn(objectIn(live, 'metadata'), 'uid')
  if (uid !== command.daemonSet.uid) return `${what} was replaced: its uid is ${uid}, not ${command.daemonSet.uid}`
  const digest = templateDigest(templateOf(live))
  return digest === command.templateDigest ? null : `the template of ${what} has changed since the decision`
}

function templateOf(daemonSet: KubeObject): JsonObject {
  return objectIn(objectIn(daemonSet, 'spec'), 'template')
}

/** The revision as JSON text: its `data` must have exactly these bytes, so nothing may print it again. */
export function printRevision(command: CreateRevision, live: KubeObject): string {
  const template = templateOf(live)
  const metadata = {
    name: command.name,
    namespace: command.daemonSet.namespace,
    labels: { ...objectIn(objectIn(template, 'metadata'), 'labels'), 'controller-revision-hash': command.hash },
    annotations: objectIn(objectIn(live, 'metadata'), 'annotations'),
    ownerReferences: [ownerReferenceTo(command.daemonSet)],
  }
  const data = goCanonicalJson({ spec: { template: { ...template, $patch: 'replace' } } })
  return (
    `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":${JSON.stringify(metadata)}` +
    `,"data":${data},"revision":${command.revision}}`
  )
}

/** A revision of that name exists: the same template under it is as good as created; another one is a hash collision. */
async function whoseRevision(
  conflict: ApiError,
  command: CreateRevision,
  tools: Tools,
  signal: AbortSignal,
): Promise<Settlement> {
  const address = {
    resource: 'ControllerRevision',
    namespace: command.daemonSet.namespace,
    name: command.name,
  } as const
  try {
    const existing = await tools.calls.get(address, signal)
    const owner = controllerUidOf(existing)
    const template: Json | undefined = objectIn(objectIn(existing, 'data'), 'spec').template
    const same = isObject(template) && templateDigest(template) === command.templateDigest
    const ours = owner === null || owner === command.daemonSet.uid
    return same && ours ? settle('alreadyDone', existing) : settle('collided', existing, answerOf(conflict))
  } catch (error) {
    answered(error, 404)
    const message = `${conflict.message}, and is gone again`
    throw new ApiError({ code: 409, reason: 'Conflict', cause: '', message, retryAfterMs: null })
  }
}
