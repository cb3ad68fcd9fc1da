import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { presentCore, readCapture, replay, stateAt, Walk } from '@rollcall/replay'
import { describe, expect, test } from 'vitest'
import { declaredDifferences } from './declared-differences.ts'

const folder = join(import.meta.dirname, 'corpus')
const files = readdirSync(folder).filter(file => file.endsWith('.rcl'))
const capture = (file: string) => readCapture(file, readFileSync(join(folder, file)))

test('the corpus is there, and every declared difference is of one of its captures', () => {
  expect(files.length).toBeGreaterThanOrEqual(5)
  for (const { capture, why } of declaredDifferences) {
    expect(files).toContain(capture)
    expect(why).not.toBe('')
  }
})

test('every core since the second has recorded something in it, and the present one', async () => {
  const recordedBy = new Set<string>()
  for (const file of files) for (const core of (await replay(capture(file).source)).recordedBy) recordedBy.add(core)
  const all = Array.from({ length: Number(presentCore.version) - 1 }, (_, index) => String(index + 2))
  expect([...recordedBy].sort()).toEqual(all)
})

test('what differs on purpose is said, not done: no command is another one', async () => {
  for (const { capture: file } of declaredDifferences) {
    const { differences, differencesTotal } = await replay(capture(file).source)
    expect(differences).toHaveLength(differencesTotal)
    for (const { recorded, now } of differences) expect(commandsOf(now)).toEqual(commandsOf(recorded))
  }
})

const commandsOf = (side: unknown): unknown => (side as { readonly commands?: unknown } | null)?.commands ?? []

describe.each(files)('%s', file => {
  test('begins at the start of its stream: every later core can fold it', () => {
    const { manifest } = capture(file)
    expect(manifest.from.position).toBe(0)
    expect(manifest.decisionPoints).toBeGreaterThan(0)
  })

  test('is decided alike by the present core, or as declared', async () => {
    const { differing, differences, broken, points } = await replay(capture(file).source)
    expect(broken).toBeNull()
    expect(points).toBe(capture(file).manifest.decisionPoints)
    const declared = declaredDifferences.find(({ capture: name }) => name === file)
    const first = differences[0]
    expect({ points: differing, firstPosition: first?.position ?? 0 }, JSON.stringify(first, null, 2)).toEqual({
      points: declared?.points ?? 0,
      firstPosition: declared?.firstPosition ?? 0,
    })
  })

  test('catches a core that creates no pod, at the first position where one was created', async () => {
    const { source } = capture(file)
    const createsNone = {
      ...presentCore,
      version: 'creates-none',
      decide(state: Parameters<typeof presentCore.decide>[0]) {
        const point = presentCore.decide(state)
        return { ...point, commands: point.commands.filter(({ type }) => type !== 'CreatePod') }
      },
    }
    let first: number | null = null
    for await (const entry of source.readFrom(1)) {
      if (entry.kind !== 'decision' || !entry.point.commands.some(({ type }) => type === 'CreatePod')) continue
      first = entry.position
      break
    }
    expect(first).not.toBeNull()
    const report = await replay(source, { core: createsNone })
    expect(report.agrees).toBe(false)
    expect(report.differences[0]).toMatchObject({ position: first, what: 'slot' })
  })

  test('can be walked from its end to its beginning', async () => {
    const { source, manifest } = capture(file)
    const walk = await Walk.open(source, manifest.to.position)
    let steps = 0
    while (steps < 50 && (await walk.backward()) !== null) steps++
    expect(steps).toBe(Math.min(50, manifest.events))
    expect(walk.position).toBe(manifest.to.position - steps)
    expect(walk.view().nodes.size).toBe((await stateAt(source, { position: walk.position })).nodes.size)
  })
})
