import { afterEach, expect, test } from 'vitest'
import { daemonsetCore } from './daemonset-core.ts'
import { createSyntheticCluster } from './testing/synthetic-cluster.ts'
import { startSyntheticExecutor } from './testing/synthetic-executor.ts'
import { createWorld, type World } from './testing/world.ts'

let world: World
afterEach(() => world.close())

const settings = { snapshotEvery: 100, snapshotShareMax: 1, recordsPerCommitMax: 50 }

test('two clusters get their pods, through crashes, and memory agrees with the ledger after every commit', async () => {
  world = await createWorld({ core: daemonsetCore, partitions: 2, settings })
  const { now } = world.time.clock
  const clusters = ['north', 'south'].map(name => createSyntheticCluster(name, { nodes: 40, daemonSets: 3 }, now))
  const executor = await startSyntheticExecutor(world.log, clusters)
  let member = await world.start('r0')
  for (const cluster of clusters) await world.append(...cluster.listed())
  for (let crashes = 1; crashes <= 4; crashes++) {
    await world.until('some are created', () => executor.seen.size >= crashes * 40)
    member.crash()
    member = await world.start(`r${crashes}`)
  }
  await world.until('every node has its pods', () => clusters.every(cluster => cluster.podCount() === 120))
  await world.time.advance(60_000)
  for (const cluster of clusters) {
    const entries = await world.ledger(cluster.name)
    const created = entries.flatMap(entry =>
      entry.kind === 'decision' ? entry.point.commands.filter(({ type }) => type === 'CreatePod') : [],
    )
    expect(created).toHaveLength(120)
    expect((await world.store.unpublishedCommands([cluster.name])).length).toBe(0)
  }
  await member.stop()
  for (const { name } of clusters) {
    const { snapshot } = await world.store.loadStream(name)
    expect(snapshot?.fingerprint).toBe(await world.refolded(name))
  }
  expect(world.members.flatMap(each => each.said()).filter(line => line.includes('the store folds to'))).toEqual([])
  expect(executor.deliveries()).toBeGreaterThanOrEqual(executor.seen.size)
})
