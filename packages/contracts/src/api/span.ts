import {
  cursorParameter,
  instantSchema,
  labelSelectorParameter,
  limitParameter,
  severalParameter,
  timeParameter,
} from './values.ts'

/** Parameters of every question about a cluster over a span of time. */
export const span = {
  namespace: severalParameter('Only DaemonSets of these namespaces.'),
  daemonSet: severalParameter('Only DaemonSets of these names.'),
  node: severalParameter('Only these nodes.'),
  labelSelector: labelSelectorParameter('the labels of the node, as last seen'),
  from: timeParameter.describe('From when on.'),
  to: timeParameter.optional().describe('Until when, that moment excluded. Without it, and at most: now.'),
  limit: limitParameter,
  cursor: cursorParameter,
}
export const later = {
  path: ['to'],
  error: 'must be later than `from`',
}
export const isLater = ({ from, to }: { from: string; to?: string | undefined }): boolean =>
  to === undefined || Date.parse(from) < Date.parse(to)

/** All pages of an answer are of one span: it ends where the first page ended. */
export const told = { from: instantSchema, to: instantSchema, recordBegins: instantSchema }
