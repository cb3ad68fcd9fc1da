import { expect, test } from 'vitest'
import { demoClusters, populate } from '../cluster/pools.ts'
import { createRandom } from '../cluster/random.ts'
import { createSimulatedCluster } from '../cluster/simulated-cluster.ts'
import { createVirtualTime } from '../cluster/time/virtual-time.ts'
import { stories, storyNamed } from './stories.ts'
import { playStory, type Told } from './story.ts'

function stage() {
  const time = createVirtualTime()
  const clusters = demoClusters.map(demo => {
    const cluster = createSimulatedCluster({ name: demo.name, seed: 's', ...time })
    cluster.start()
    populate(cluster, demo, 's')
    return cluster
  })
  const demos = new Map(demoClusters.map(demo => [demo.name, demo]))
  return { time, clusters, cast: { clusters, demos, random: createRandom('s/story') } }
}

test('every demo cluster has about 20 nodes, three zones or sites, ssd=true, taints and a GPU', () => {
  const { clusters } = stage()
  for (const { store } of clusters) {
    const nodes = store.list('nodes', null)
    expect(nodes.length).toBeGreaterThanOrEqual(19)
    expect(nodes.length).toBeLessThanOrEqual(21)
    expect(new Set(nodes.map(({ metadata }) => metadata.name)).size).toBe(nodes.length)
    const text = JSON.stringify(nodes)
    for (const wanted of ['"ssd":"true"', 'nvidia.com/gpu', 'topology.kubernetes.io/zone', '"effect":"NoSchedule"']) {
      expect(text).toContain(wanted)
    }
  }
})

test.each(stories.map(story => [story.name, story] as const))(
  '%s plays to its end, and says what it does',
  async (_, story) => {
    const { time, cast, clusters } = stage()
    await time.advance(10_000)
    const before = clusters[0]?.store.resourceVersion()
    const told: Told[] = []
    let hasEnded = false
    const playing = playStory(story, cast, time.timers, line => told.push(line))
    void playing.ended.then(() => {
      hasEnded = true
    })
    await time.until('the story has ended', () => hasEnded)
    expect(told.map(({ step }) => step)).toEqual(story.steps.map((_, index) => index + 1))
    for (const { sentence } of told) expect(sentence).toMatch(/^amsterdam: .+\.$/s)
    expect(clusters[0]?.store.resourceVersion()).not.toBe(before)
  },
)

test('a step without its actors is left out, and says so', async () => {
  const { time, cast, clusters } = stage()
  const [first] = clusters
  for (const { metadata } of first?.store.list('nodes', null) ?? []) first?.removeNode(metadata.name)
  const told: string[] = []
  const playing = playStory(storyNamed('mislabelled-pool'), cast, time.timers, ({ sentence }) => told.push(sentence))
  await time.advance(120_000)
  await playing.ended
  expect(told[1]).toBe('amsterdam has no node with ssd=true: this step is left out')
})

test('a stopped story plays no further', async () => {
  const { time, cast } = stage()
  const told: Told[] = []
  const playing = playStory(storyNamed('drain'), cast, time.timers, line => told.push(line))
  await time.advance(5_000)
  playing.stop()
  await playing.ended
  await time.advance(600_000)
  expect(told).toHaveLength(1)
})

test('an unknown story names those there are', () => {
  expect(() => storyNamed('dran')).toThrow(/no story "dran": there are join-and-leave, bad-image/)
})
