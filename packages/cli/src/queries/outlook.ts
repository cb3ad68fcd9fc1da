import type { DaemonSetRecord, Outstanding } from '@rollcall/contracts/api'
import { oneLine, table } from '../output/table.ts'
import type { Terminal } from '../terminal.ts'
import type { Scope } from './scope.ts'

/** What is otherwise for one DaemonSet than the recorded decisions would have it: what a takeover would change. */
export type Outlook = Pick<
  DaemonSetRecord,
  'namespace' | 'name' | 'uid' | 'deletedAt' | 'annotations' | 'revision' | 'updateStrategy' | 'pods'
> & {
  /** By node; empty while the DaemonSet is being deleted, when it is left alone. */
  readonly outstanding: readonly Outstanding[]
}

/** By namespace and name. It goes by decisions, and not by the status, which nobody writes while no controller acts. */
export async function outlookOf(cluster: string, { client }: Scope): Promise<Outlook[]> {
  const outlooks: Outlook[] = []
  for (const record of await client.all('daemonSets', { cluster: [cluster] })) {
    const { namespace, name, uid, deletedAt, annotations, revision, updateStrategy, pods } = record
    const of = { cluster, namespace, name }
    const outstanding = deletedAt === null ? await client.all('outstanding', {}, of) : []
    outlooks.push({ namespace, name, uid, deletedAt, annotations, revision, updateStrategy, pods, outstanding })
  }
  return outlooks
}

type What = Outstanding['what']

const those = ({ outstanding }: Outlook, what: What) => outstanding.filter(item => item.what === what)
export const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  oneLine(`${namespace}/${name}`)
const count = (what: What) => (outlook: Outlook) => String(those(outlook, what).length)

/** Names told of one DaemonSet and kind at most; `-o json` tells all. */
const namesMax = 10

/** Counts by DaemonSet, then the names of what is not as it should be. */
export function printOutlook(outlooks: readonly Outlook[], { out, paint }: Terminal): void {
  const columns = [
    { title: 'DAEMONSET', cell: nameOf },
    { title: 'PODS', cell: ({ pods }: Outlook) => String(pods.total) },
    { title: 'MISSING', cell: count('missing') },
    { title: 'UNWANTED', cell: count('unwanted') },
    { title: 'OUTDATED', cell: count('outdated') },
  ]
  const [head = '', ...lines] = table(columns, outlooks, false)
  out(`${[paint('bold', head), ...lines].join('\n')}\n`)
  for (const outlook of outlooks) {
    const told = linesOf(outlook)
    if (told.length > 0) out(`${nameOf(outlook)}\n${told.map(line => `  ${line}\n`).join('')}`)
  }
}

function linesOf(outlook: Outlook): string[] {
  const { deletedAt, annotations, revision, updateStrategy } = outlook
  const asked = Object.entries(annotations).map(([key, value]) => `${key}=${value}`)
  if (deletedAt !== null) return ['is being deleted, and left alone']
  const [missing, unwanted, outdated] = [
    those(outlook, 'missing').map(({ node }) => node),
    those(outlook, 'unwanted').flatMap(item => podsOf(item, ` (${item.decision?.reason.rule ?? 'no decision'})`)),
    those(outlook, 'outdated').flatMap(item => podsOf(item, '')),
  ]
  return [
    ...(asked.length > 0 ? [`asks for ${oneLine(asked.join(', '))}`] : []),
    ...(revision === null
      ? [
          'has no revision of its template: one that fits is adopted, or made, and only then is decided where its pods belong',
        ]
      : []),
    ...(missing.length > 0 ? [`missing on ${listed(missing)}`] : []),
    ...(unwanted.length > 0 ? [`unwanted: ${listed(unwanted)}`] : []),
    ...(outdated.length > 0 ? [`outdated (${oneLine(updateStrategy.type)}): ${listed(outdated)}`] : []),
  ]
}

const podsOf = ({ pods, node }: Outstanding, why: string): string[] =>
  pods.map(({ name }) => `${name} on ${node}${why}`)

export function listed(names: readonly string[]): string {
  const more = names.length - namesMax
  const shown = names.slice(0, namesMax).join(', ')
  return oneLine(more > 0 ? `${shown}, and ${more} more, -o json for all` : shown)
}
