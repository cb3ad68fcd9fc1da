import { run } from '../sql/statement.ts'
import type { SpanAsked } from './audit-store.ts'
import type { Reading } from './reading.ts'
import { labelledNodes } from './sql/labelled-nodes.ts'

type Asked = Pick<SpanAsked, 'nodes' | 'labels'>

/** The same question with the nodes that its labels mean. */
export async function onlyLabelled<T extends Asked>({ session, cluster }: Reading, asked: T): Promise<T> {
  const { labels = [], nodes } = asked
  if (labels.length === 0) return asked
  return { ...asked, nodes: await run(session, labelledNodes, { cluster, labels, nodes }) }
}
