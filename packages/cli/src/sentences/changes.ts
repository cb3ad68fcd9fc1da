import type { Json } from '@rollcall/contracts'
import type { Change } from '@rollcall/contracts/api'

type Kind = 'Node' | 'Pod' | 'DaemonSet' | 'ControllerRevision'

/** What changed about an object, as words that follow its name: `is ready`, `got the label disk=ssd`. */
export function changeWords(kind: Kind, changes: readonly Change[]): string[] {
  const words = changes.flatMap(change => wordsOf(kind, change))
  return [...new Set(words)]
}

/** Members that change along with what they are about, and say nothing themselves. */
const silent = /^(resourceVersion|uid|generation|templateGeneration|readySince|createdAt|commandId)$|\.since$/

const statusWords: { readonly [path: string]: string } = {
  'status.desiredNumberScheduled': 'desired',
  'status.currentNumberScheduled': 'current',
  'status.numberReady': 'ready',
  'status.numberAvailable': 'available',
  'status.updatedNumberScheduled': 'up to date',
  'status.numberMisscheduled': 'misscheduled',
}

function wordsOf(kind: Kind, { path, before, after }: Change): string[] {
  if (silent.test(path)) return []
  switch (path) {
    case 'deletedAt':
      // The time moves once more when it is gone for good; that it goes was said before.
      return before === null && after !== null ? ['is being deleted'] : []
    case 'ready':
      return [after === true ? 'is ready' : 'is not ready']
    case 'phase':
      return [`is ${shown(after)}`]
    case 'nodeName':
      return kind === 'Pod' ? [`was bound to node ${shown(after)}`] : []
    case 'unschedulable':
      return [after === true ? 'was cordoned' : 'was uncordoned']
    case 'taints':
      return listWords(before, after, taintText, 'taint')
    case 'conditions':
      return itemsOf(after).flatMap(item => conditionWords(member(item, 'type'), member(item, 'status')))
    case 'images':
    case 'template.images':
      return [`has the images ${Array.isArray(after) ? after.map(shown).join(', ') : shown(after)}`]
    case 'reason':
      return after === null ? [] : [`gives the reason ${shown(after)}`]
    case 'owner':
      return [after === null ? 'belongs to nobody now' : 'has a new owner']
    case 'revision':
      return [`is revision ${shown(after)} now`]
  }
  if (path === 'status.numberUnavailable') return []
  if (path === 'status.observedGeneration') return [`is observed at generation ${shown(after)}`]
  if (Object.hasOwn(statusWords, path)) return [`counts ${shown(after)} ${statusWords[path]} (was ${shown(before)})`]
  const label = /^labels(?:\.(.+)|\[(.+)\])$/.exec(path)
  // The cluster copies its node's place onto a pod when it is bound.
  if (label && kind === 'Pod' && path.startsWith('labels[topology.kubernetes.io/')) return []
  if (label) return [labelWords(label[1] ?? label[2] ?? '', before, after)]
  const condition = /^conditions\.(\w+)(\.status)?$/.exec(path)
  if (condition) return conditionWords(condition[1] ?? '', condition[2] ? after : member(after, 'status'))
  if (path === 'template' || path.startsWith('template.')) return ['has a new pod template']
  if (before === null) return [`got ${path} ${shown(after)}`]
  if (after === null) return [`lost ${path} ${shown(before)}`]
  return [`has ${path} ${shown(after)} (was ${shown(before)})`]
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function labelWords(label: string, before: Json, after: Json): string {
  if (before === null) return `got the label ${label}=${shown(after)}`
  if (after === null) return `lost the label ${label}=${shown(before)}`
  return `has the label ${label}=${shown(after)} (was ${shown(before)})`
}

function listWords(before: Json, after: Json, textOf: (item: Json) => string, what: string): string[] {
  const had = new Set(itemsOf(before).map(textOf))
  const has = new Set(itemsOf(after).map(textOf))
  return [
    ...[...has].filter(text => !had.has(text)).map(text => `got the ${what} ${text}`),
    ...[...had].filter(text => !has.has(text)).map(text => `lost the ${what} ${text}`),
  ]
}

function conditionWords(type: string, status: Json): string[] {
  if (type === 'Ready') return [status === 'True' ? 'is ready' : 'is not ready']
  return [`has the condition ${type} ${shown(status)}`]
}

const itemsOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [])

function member(item: Json, name: string): string {
  const value = typeof item === 'object' && item !== null ? (item as { readonly [key: string]: Json })[name] : undefined
  return typeof value === 'string' ? value : ''
}

/** `gpu=true:NoSchedule`, as kubectl writes it. */
export function taintText(taint: Json): string {
  const value = member(taint, 'value')
  return `${member(taint, 'key')}${value === '' ? '' : `=${value}`}:${member(taint, 'effect')}`
}
