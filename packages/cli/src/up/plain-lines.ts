import type { DaemonSetOverview, Overview, ShadowDifferences } from '@rollcall/embedded'
import { localClock } from '../output/duration.ts'
import { oneLine } from '../output/table.ts'
import { isComing } from './complete.ts'

/**
 * The live view for what is no terminal (a file, a pipe, CI): a line for each event and for each change of a
 * DaemonSet's figures, each said once.
 */
export class PlainLines {
  readonly #figures = new Map<string, string>()
  readonly #troubles = new Map<string, string | null>()
  readonly #positions = new Map<string, number>()
  readonly #differences = new Set<string>()
  #wasCut = false
  #wrongNow: readonly string[] = []

  /** What is new since the last call, oldest first. */
  next(overview: Overview, differences: ShadowDifferences, troubles: readonly string[], now: number): string[] {
    return [
      ...this.#events(overview),
      ...this.#changes(overview, now),
      ...this.#otherwise(differences, now),
      ...this.#wrong(troubles, now),
    ]
  }

  #wrong(troubles: readonly string[], now: number): string[] {
    const fresh = troubles.filter(trouble => !this.#wrongNow.includes(trouble))
    const over = this.#wrongNow.filter(trouble => !troubles.includes(trouble))
    this.#wrongNow = troubles
    return [...fresh, ...over.map(trouble => `no longer: ${trouble}`)].map(
      line => `${localClock(now)} ${oneLine(line)}`,
    )
  }

  #events({ recent }: Overview): string[] {
    const fresh = recent.filter(({ cluster, position }) => position > (this.#positions.get(cluster) ?? 0)).reverse()
    for (const { cluster, position } of fresh) {
      this.#positions.set(cluster, Math.max(position, this.#positions.get(cluster) ?? 0))
    }
    // An event that is not worth telling has no words.
    const told = fresh.filter(({ sentence }) => sentence !== '')
    return told.map(({ at, cluster, sentence }) => `${localClock(at)} ${oneLine(cluster)}: ${oneLine(sentence)}`)
  }

  #changes({ clusters }: Overview, now: number): string[] {
    return clusters.flatMap(cluster => {
      const { trouble, daemonSets } = cluster
      const { name } = cluster.cluster
      const lines: string[] = []
      if ((this.#troubles.get(name) ?? null) !== trouble) {
        lines.push(trouble === null ? `${name}: is watched again` : `${name}: ${oneLine(trouble)}`)
        this.#troubles.set(name, trouble)
      }
      for (const daemonSet of daemonSets) {
        const key = `${name} ${daemonSet.namespace}/${daemonSet.name}`
        const figures = figuresOf(daemonSet, isComing(cluster))
        if (this.#figures.get(key) !== figures) lines.push(`${key}: ${figures}`)
        this.#figures.set(key, figures)
      }
      return lines.map(line => `${localClock(now)} ${line}`)
    })
  }

  #otherwise({ items, isCut }: ShadowDifferences, now: number): string[] {
    const fresh = items.filter(({ cluster, sentence }) => !this.#differences.has(`${cluster} ${sentence}`))
    for (const { cluster, sentence } of fresh) this.#differences.add(`${cluster} ${sentence}`)
    const lines = fresh.map(
      ({ cluster, sentence }) => `${oneLine(cluster)}: its own controller did otherwise: ${oneLine(sentence)}`,
    )
    if (isCut && !this.#wasCut) lines.push('there are more places where it did otherwise than are told here')
    this.#wasCut = isCut
    return lines.map(line => `${localClock(now)} ${line}`)
  }
}

function figuresOf(
  { desired, current, ready, updated, misscheduled, settled }: DaemonSetOverview,
  isClusterComing: boolean,
): string {
  const extra = misscheduled > 0 ? `, ${misscheduled} misscheduled` : ''
  return `${desired} desired, ${current} current, ${ready} ready, ${updated} up to date${extra}${settled && desired > 0 && !isClusterComing ? ' (all here)' : ''}`
}
