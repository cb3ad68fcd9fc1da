import type { Command } from '@rollcall/contracts'
import { deleteRevision, updateRevision } from './change-revision.ts'
import { createPod } from './create-pod.ts'
import { createRevision } from './create-revision.ts'
import { deletePod } from './delete-pod.ts'
import { evictPod } from './evict-pod.ts'
import { adoptPod, adoptRevision, releasePod, releaseRevision } from './ownership.ts'
import { relabelPod } from './relabel-pod.ts'
import { rollBack } from './roll-back.ts'
import type { Settlement } from './settlement.ts'
import type { Tools } from './tools.ts'
import { untaintNode } from './untaint-node.ts'
import { writeStatus } from './write-status.ts'

/** Every command that changes an object; RecordEvent goes another way, because nothing waits for it. */
export type ObjectCommand = Exclude<Command, { readonly type: 'RecordEvent' }>

/** Does one command once; see `Apply` for what it resolves and rejects with. */
export function apply(command: ObjectCommand, tools: Tools, signal: AbortSignal): Promise<Settlement> {
  switch (command.type) {
    case 'CreatePod':
      return createPod(command, tools, signal)
    case 'DeletePod':
      return deletePod(command, tools, signal)
    case 'EvictPod':
      return evictPod(command, tools, signal)
    case 'AdoptPod':
      return adoptPod(command, tools, signal)
    case 'ReleasePod':
      return releasePod(command, tools, signal)
    case 'RelabelPod':
      return relabelPod(command, tools, signal)
    case 'CreateRevision':
      return createRevision(command, tools, signal)
    case 'UpdateRevision':
      return updateRevision(command, tools, signal)
    case 'AdoptRevision':
      return adoptRevision(command, tools, signal)
    case 'ReleaseRevision':
      return releaseRevision(command, tools, signal)
    case 'DeleteRevision':
      return deleteRevision(command, tools, signal)
    case 'UntaintNode':
      return untaintNode(command, tools, signal)
    case 'RollBack':
      return rollBack(command, tools, signal)
    case 'WriteStatus':
      return writeStatus(command, tools, signal)
  }
}
