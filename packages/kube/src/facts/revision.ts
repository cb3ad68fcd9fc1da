import { type Json, type RevisionFacts, templateDigest } from '@rollcall/contracts'
import type { KubeObject } from '../cluster-api.ts'
import { fieldsOf, labelsOf, ObjectReader } from './read.ts'
import { redactTemplate } from './redact.ts'

/** What is kept of a ControllerRevision. @throws FactsError */
export function revisionFacts(object: unknown): RevisionFacts {
  const reader = new ObjectReader('ControllerRevision', object)
  const template = templateOf(reader.object.data)
  return {
    namespace: reader.required('namespace'),
    name: reader.required('name'),
    ...reader.identity(),
    ...reader.lifetime(),
    labels: labelsOf(reader.metadata.labels),
    owner: reader.owner(),
    revision: reader.int(reader.object.revision, 'revision', 0),
    templateDigest: template === null ? null : templateDigest(template),
    template: template === null ? null : redactTemplate(template),
  }
}

/** The template in a revision's data: a patch that replaces it whole and nothing else (spec §1.3); otherwise null. */
function templateOf(data: Json | undefined): KubeObject | null {
  const spec = onlyMember(data, 'spec')
  const template = fieldsOf(onlyMember(spec, 'template'))
  return template.$patch === 'replace' ? template : null
}

function onlyMember(value: Json | undefined, member: string): Json | undefined {
  const fields = fieldsOf(value)
  return Object.keys(fields).length === 1 ? fields[member] : undefined
}
