import { createRandom, createVirtualTime, demoClusters, playStory, populate, stories } from '@rollcall/simulator'
import { expect, test } from 'vitest'
import { startFleet } from './support/fleet.ts'
import { answersOf, eligibleNodes, isSame, readyOn, watchForDoubles } from './support/roll-call.ts'

const [amsterdam] = demoClusters

test.each(stories.map(story => [story.name, story] as const))(
  '%s: the roll call is complete at its end',
  async (_, story) => {
    if (!amsterdam) throw new Error('no demo cluster')
    const time = createVirtualTime()
    const fleet = await startFleet({ time, seed: 'story', clusters: [{ name: amsterdam.name }] })
    const cluster = fleet.cluster(amsterdam.name)
    populate(cluster, amsterdam, 'story')
    const { doubles } = watchForDoubles(cluster)
    const cast = { clusters: [cluster], demos: new Map([[amsterdam.name, amsterdam]]), random: createRandom('story') }
    const told: string[] = []
    let hasEnded = false
    void playStory(story, cast, time.timers, ({ sentence }) => told.push(sentence)).ended.then(() => {
      hasEnded = true
    })
    await time.until('the story has ended', () => hasEnded)
    const [daemonSet] = cluster.store.list('daemonsets', 'default')
    const { name } = daemonSet?.metadata ?? { name: '' }
    const selected = (node: string) =>
      name !== 'disk-watcher' || cluster.store.get('nodes', '', node).metadata.labels?.ssd === 'true'
    const isComplete = () => isSame(readyOn(cluster, name), eligibleNodes(cluster).filter(selected))
    await time.until('the roll call is complete', isComplete, 900_000)
    expect(
      new Set(
        answersOf(cluster, name).map(([, { spec }]) => JSON.stringify((spec as { containers: object[] }).containers)),
      ).size,
    ).toBe(1)
    expect(told).toHaveLength(story.steps.length)
    expect(told.filter(sentence => sentence.includes('left out') || sentence.includes('says no'))).toEqual([])
    expect(doubles).toEqual([])
    expect(fleet.complaints()).toEqual([])
    await fleet.stop()
  },
)
