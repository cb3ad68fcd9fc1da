import { type CommandOf, overridesAnnotation, type ResourceOverride, readResourceOverrides } from '@rollcall/contracts'
import { ApiError } from '@rollcall/kube'
import { objectIn, textIn } from '../kube-objects.ts'
import { commandAnnotation } from '../pod/pod-form.ts'
import { answered, answerOf, done, ownAnswer, retryCauseOf, type Settlement, settle } from './settlement.ts'
import type { Apply, Tools } from './tools.ts'

type CreatePod = CommandOf<'CreatePod'>

/** Creates the pod of spec §1.6 from the ControllerRevision the command names. */
export const createPod: Apply<'CreatePod'> = async (command, tools, signal) => {
  const { daemonSet, podName, node } = command
  const { withoutTolerations = [], override: wanted = null } = command.asked ?? {}
  const override = wanted && (await liveOverride(command, wanted, tools))
  if (override && 'result' in override) return override
  const asked = { withoutTolerations, override }
  const lookup = await tools.templates.form(daemonSet, command.revision, command.templateGeneration, asked)
  if (!lookup.found) {
    const gone = lookup.why === 'gone' || lookup.why === 'foreign'
    const answer =
      lookup.why === 'gone'
        ? { code: 404, reason: 'NotFound', cause: '', message: lookup.message }
        : ownAnswer(lookup.why, lookup.message)
    return settle(gone ? 'superseded' : 'refused', null, answer)
  }
  const body = lookup.form.fill({ podName, commandId: command.id, node })
  try {
    const pod = await tools.calls.create('Pod', daemonSet.namespace, body, signal)
    tell(tools, command, 'Normal', 'SuccessfulCreate', `Created pod: ${podName}`)
    return done(pod)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return await creationFailed(error, command, tools, signal)
  }
}

/** The resources the command means, from the DaemonSet as it is; when they are others by now, the decision is too old. */
async function liveOverride(
  { daemonSet }: CreatePod,
  { name, digest }: { readonly name: string; readonly digest: string },
  tools: Tools,
): Promise<ResourceOverride | Settlement> {
  const live = await tools.liveDaemonSets.recent(daemonSet).catch((error: unknown) => answered(error, 404))
  if (live instanceof ApiError) return settle('superseded', null, answerOf(live))
  const text = textIn(objectIn(objectIn(live, 'metadata'), 'annotations'), overridesAnnotation)
  const found = readResourceOverrides(text)?.find(override => override.name === name && override.digest === digest)
  if (found) return found
  const what = `DaemonSet ${daemonSet.namespace}/${daemonSet.name}`
  return settle(
    'superseded',
    live,
    ownAnswer('OverrideChanged', `override ${name} of ${what} has changed since the decision`),
  )
}

async function creationFailed(
  error: ApiError,
  command: CreatePod,
  tools: Tools,
  signal: AbortSignal,
): Promise<Settlement> {
  if (error.code === 409 && error.reason === 'AlreadyExists') {
    const settlement = await whoseName(error, command, tools, signal)
    if (settlement.result === 'nameTaken') tellFailure(tools, command, error)
    return settlement
  }
  // The namespace itself is gone, and the DaemonSet with it.
  if (error.code === 404) return settle('superseded', null, answerOf(error))
  const cause = retryCauseOf(error)
  // The reference keeps quiet about a namespace that is being torn down, and its client about throttling (spec §7.1).
  if (error.cause_ !== 'NamespaceTerminating' && (cause === null || cause === 'failed')) {
    tellFailure(tools, command, error)
  }
  throw error
}

/** A pod of that name exists: our own, from an attempt whose answer was lost, or a foreign one (design rule 4). */
async function whoseName(
  conflict: ApiError,
  command: CreatePod,
  tools: Tools,
  signal: AbortSignal,
): Promise<Settlement> {
  const { namespace } = command.daemonSet
  try {
    const pod = await tools.calls.get({ resource: 'Pod', namespace, name: command.podName }, signal)
    const creator = objectIn(objectIn(pod, 'metadata'), 'annotations')[commandAnnotation]
    return creator === command.id ? settle('alreadyDone', pod) : settle('nameTaken', pod, answerOf(conflict))
  } catch (error) {
    // Gone between the two requests: try the creation again, as after any lost race.
    answered(error, 404)
    throw new ApiError({
      code: 409,
      reason: 'Conflict',
      cause: '',
      message: `${conflict.message}, and is gone again`,
      retryAfterMs: null,
    })
  }
}

function tellFailure(tools: Tools, command: CreatePod, error: ApiError): void {
  tell(tools, command, 'Warning', 'FailedCreate', `Error creating: ${error.message}`)
}

function tell(tools: Tools, command: CreatePod, type: 'Normal' | 'Warning', reason: string, message: string): void {
  tools.tell({ daemonSet: command.daemonSet, type, reason, message, commandId: command.id })
}
