import {
  consequence,
  counted,
  nameOf,
  nodeOf,
  numberFact,
  objectFact,
  type SentenceMakers,
  textFact,
} from './judged.ts'

/** Where a DaemonSet's pods should run (packages/daemonset/src/eligibility.ts, spec §2). */
export const eligibility: SentenceMakers = {
  eligible: judged => {
    const fits = `${nodeOf(judged)} fits the node selector and affinity of ${nameOf(judged)}`
    if (judged.action === 'create') {
      return `${fits}, all its taints are tolerated, and there was no pod yet, ${consequence(judged)}`
    }
    return `${fits}, and all its taints are tolerated${judged.action === 'none' ? '' : `, ${consequence(judged)}`}`
  },

  'node-name-mismatch': judged =>
    `the pod template of ${nameOf(judged)} is for the node ${textFact(judged.reason, 'wanted') ?? 'of another name'} only, ` +
    `and this is ${nodeOf(judged)}, ${consequence(judged)}`,

  'node-selector-mismatch': judged => {
    const label = textFact(judged.reason, 'label') ?? '?'
    const wanted = `${label}=${textFact(judged.reason, 'wanted') ?? '?'}`
    const found = textFact(judged.reason, 'found')
    const has = found === null ? `has no label ${label}` : `has ${label}=${found}`
    return `${nameOf(judged)} runs only on nodes with ${wanted} (its nodeSelector), and ${nodeOf(judged)} ${has}, ${consequence(judged)}`
  },

  'node-affinity-mismatch': judged => {
    const terms = numberFact(judged.reason, 'terms')
    const match =
      terms === 0
        ? 'requires a node affinity without any term, which no node matches'
        : terms === 1
          ? `requires a node affinity that ${nodeOf(judged)} does not match`
          : `requires one of ${counted(terms, 'node affinity term')}, and ${nodeOf(judged)} matches none`
    return `${nameOf(judged)} ${match}, ${consequence(judged)}`
  },

  'taint-not-tolerated': judged => {
    const taint = objectFact(judged.reason, 'taint') ?? {}
    const value = taint.value ? `=${taint.value}` : ''
    const said = `${nodeOf(judged)} has the taint ${taint.key ?? '?'}${value}:${taint.effect ?? '?'}, which ${nameOf(judged)} does not tolerate`
    if (judged.action === 'keep') {
      return `${said}; that keeps new pods away, but a pod that is already there may stay`
    }
    return `${said}, ${consequence(judged)}`
  },
}
