import type { Projection } from '../projections/project.ts'
import { endHolds } from '../sql/end-holds.ts'
import { insertAttributions } from '../sql/insert-attributions.ts'
import { insertCommands } from '../sql/insert-commands.ts'
import { insertDecisions } from '../sql/insert-decisions.ts'
import { insertPlacements } from '../sql/insert-placements.ts'
import { putDaemonSets } from '../sql/put-daemonsets.ts'
import { putHolds } from '../sql/put-holds.ts'
import { putIntents } from '../sql/put-intents.ts'
import { putNodes } from '../sql/put-nodes.ts'
import { putRevisions } from '../sql/put-revisions.ts'
import { settleCommands } from '../sql/settle-commands.ts'
import { updatePlacements } from '../sql/update-placements.ts'
import type { Pipeline } from './pipeline.ts'

/** Everything that a batch changes in tables which the ledger alone determines. Commands come before what settles them. */
export function writeProjection(pipeline: Pipeline, projection: Projection): void {
  pipeline.write(insertDecisions, projection.decisions)
  pipeline.write(insertCommands, projection.commands)
  pipeline.write(settleCommands, projection.settlements.values())
  pipeline.write(insertPlacements, projection.placements.opened)
  pipeline.write(updatePlacements, projection.placements.changed)
  pipeline.write(insertAttributions, projection.attributions)
  pipeline.write(putNodes, projection.nodes.values())
  pipeline.write(putDaemonSets, projection.daemonSets.values())
  pipeline.write(putRevisions, projection.revisions.values())
  pipeline.write(putIntents, projection.intents)
  pipeline.write(putHolds, projection.holds.values())
  pipeline.write(endHolds, projection.goneDaemonSets)
}
