import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type LedgerEntry, readCapture, sourceFromEntries, takeCapture } from '@rollcall/replay'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { run } from '../program.ts'
import { createTestPorts } from '../testing/test-ports.ts'

const recorded = join(import.meta.dirname, '../../../../test/replay/corpus/story-1.rcl')
let folder = ''
let differing = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-replay-'))
  differing = join(folder, 'differing.rcl')
  await writeFile(differing, await otherwiseDecided())
})
afterAll(() => rm(folder, { recursive: true }))

async function rollcall(...argv: readonly string[]) {
  const ports = createTestPorts({ homeDir: folder })
  const code = await run(argv, ports)
  return { code, ...ports.written }
}

/** The same record, in which the first creation had another reason. */
async function otherwiseDecided(): Promise<Buffer> {
  const { source } = readCapture('story', await readFile(recorded))
  const entries: LedgerEntry[] = []
  for await (const entry of (await source.fromStart()).entries) entries.push(entry)
  const index = entries.findIndex(
    entry => entry.kind === 'decision' && entry.point.decisions.some(({ action }) => action === 'create'),
  )
  const entry = entries[index]
  if (entry?.kind !== 'decision') throw new Error('the story creates no pod')
  const decisions = entry.point.decisions.map(decision =>
    decision.action === 'create' ? { ...decision, reason: { ...decision.reason, source: '§0' } } : decision,
  )
  entries[index] = { ...entry, point: { ...entry.point, decisions } }
  return (await takeCapture(sourceFromEntries(source.cluster, 'changed', entries))).bytes
}

describe('replay', () => {
  test('of a capture says that all agrees', async () => {
    const { code, out, err } = await rollcall('replay', recorded)
    expect({ code, err }).toEqual({ code: exitCodes.ok, err: '' })
    expect(out).toMatch(
      /^story-1\.rcl: agrees\n {2}\d+ events, \d+ decision points decided anew by core \S+, .* 0 differ\n$/,
    )
  })

  test('--assert ends at the first that does not, and names the place', async () => {
    const { code, out, err } = await rollcall('replay', '--assert', recorded, differing, recorded)
    expect(code).toBe(exitCodes.differs)
    expect(out.match(/: agrees/g)).toHaveLength(1)
    expect(out).toContain('differing.rcl: does not agree')
    expect(out).toMatch(/DaemonSet default\/ds differs at 1 decision point\n/)
    expect(out).toMatch(/position \d+, .*DaemonSet default\/ds on node n\d:\n {4}recorded .*\n/)
    expect(err).toMatch(/decides otherwise at 1 of \d+ decision points of differing\.rcl, first at position \d+/)
  })

  test('of an older core names the facts that differ where the sentence is the same', async () => {
    const { out } = await rollcall('replay', join(dirname(recorded), 'core-3.rcl'))
    expect(out).toMatch(/\n {4}facts {5}hash: recorded nothing, now "\w+"\n/)
  })

  test('without --assert a difference is told, and no failure', async () => {
    expect((await rollcall('replay', differing)).code).toBe(exitCodes.ok)
  })

  test('-o json gives the reports', async () => {
    const { out } = await rollcall('replay', recorded, differing, '-o', 'json', '--differences', '1')
    const { items } = JSON.parse(out) as {
      items: { agrees: boolean; differences: unknown[]; differencesTotal: number }[]
    }
    expect(items.map(({ agrees }) => agrees)).toEqual([true, false])
    expect(items[1]?.differences).toHaveLength(1)
  })

  test('a window is replayed alone', async () => {
    const { out } = await rollcall('replay', recorded, '--from', '20', '--to', '50')
    expect(out).toContain('  30 events, ')
  })
})

describe('step', () => {
  test('forward and backward tell the same positions', async () => {
    const forward = await rollcall('step', recorded, '--at', '40', '--count', '20', '-o', 'json')
    const backward = await rollcall('step', recorded, '--at', '60', '--count', '20', '--back', '-o', 'json')
    const there = (JSON.parse(forward.out) as { items: { position: number }[] }).items
    const back = (JSON.parse(backward.out) as { items: { position: number }[] }).items
    expect(there.map(({ position }) => position)).toEqual(Array.from({ length: 20 }, (_, index) => 41 + index))
    expect(back.toReversed()).toEqual(there)
  })

  test('says event, changes, decision and why', async () => {
    const { out } = await rollcall('step', recorded, '--count', '1000')
    expect(out).toMatch(/^1 {2}1970-.* the cluster answered as Kubernetes v1; Rollcall acts in it\n/)
    expect(out).toMatch(/ {2}~ DaemonSet default\/ds: .*ready 0 → 1/)
    expect(out).toMatch(/ {2}decided by core \S+:\n {4}.*\(eligible, §/)
    expect(out).toMatch(/ {4}> CreatePod ds-\S+ on node n\d\n/)
  })

  test('at the end says so', async () => {
    const { manifest } = readCapture('story', await readFile(recorded))
    const { err } = await rollcall('step', recorded, '--at', String(manifest.to.position))
    expect(err).toBe('The record ends here.\n')
  })
})

describe('bisect', () => {
  test('finds the first event and shows what happened there', async () => {
    const { out, code } = await rollcall('bisect', recorded, '--when', 'podsOf("default/ds").size() > 0')
    expect(code).toBe(exitCodes.ok)
    expect(out).toMatch(/^It holds since position \d+:\n/)
    expect(out).toMatch(/\+ pod default\/ds-/)
  })

  test('says when nothing was found, and what was never there', async () => {
    const { out, err } = await rollcall('bisect', recorded, '--when', 'node("n99").ready')
    expect(out).toMatch(/^It held after none of \d+ events/)
    expect(err).toBe('Never there: node n99.\n')
  })

  test('names the column of what it does not understand', async () => {
    const { code, err } = await rollcall('bisect', recorded, '--when', 'node("n1").raedy')
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain('is not understood at column 12: No such key: raedy')
  })
})

describe('capture', () => {
  test('takes a part of a record, which replays', async () => {
    const file = join(folder, 'part.rcl')
    const { code, out } = await rollcall('capture', recorded, '--around', 'node/n1', '--window', '1s', '-o', file)
    expect(code).toBe(exitCodes.ok)
    expect(out).toContain('decision points')
    expect((await rollcall('replay', '--assert', file)).code).toBe(exitCodes.ok)
    expect(readCapture('part', await readFile(file)).manifest.about).toBe('node/n1')
  })

  test('keeps what is asked for, and says so', async () => {
    const file = join(folder, 'kept.rcl')
    const { out } = await rollcall('capture', recorded, '--keep-people', '--keep-answers', '-o', file)
    expect(out).toMatch(/In it: .*, names and addresses of people, what API servers said\.\n/)
    expect(out).toContain('Not in it: manifests, environment values.\n')
    expect((await rollcall('replay', '--assert', file)).code).toBe(exitCodes.ok)
  })

  test('does not write over a file', async () => {
    const { code, err } = await rollcall('capture', recorded, '-o', differing)
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain('is there already')
  })
})

describe('at', () => {
  test('a position or time lists what was there, in the words of the live question', async () => {
    const { code, out, err } = await rollcall('at', '@60', 'get', 'placements', '--file', recorded)
    expect(code).toBe(exitCodes.ok)
    expect(err).toMatch(/^As of position 60, .*, cluster test:\n$/)
    expect(out).toMatch(
      /^CLUSTER +NODE +NAMESPACE +DAEMONSET +POD +STATE +AGE\n(test +n\d +default +ds +ds-\S+ .*\n)+$/,
    )
    const json = await rollcall('at', '60', 'get', 'nodes', 'n0', '--file', recorded, '-o', 'json')
    expect((JSON.parse(json.out) as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual(['n0'])
    const timed = await rollcall('at', '1970-01-01T00:16:45Z', 'get', 'ds', '--file', recorded)
    expect(timed.out).toMatch(/test +default +ds /)
  })

  test('why tells the recorded decision', async () => {
    const { out } = await rollcall('at', '@60', 'why', 'node', 'n0', '--file', recorded)
    expect(out).toMatch(/^Node n0 in cluster test .*\n\n● default\/ds: pod ds-\S+, Failed, for /)
    const [, pod = ''] = /pod (ds-\S+),/.exec(out) ?? []
    const story = await rollcall('at', '@60', 'why', 'pod', pod, '--file', recorded)
    expect(story.out).toContain(`Pod default/${pod} in cluster test\n`)
    expect(story.out).toMatch(/Why it is there\n {2}Node n0 fits .* so one was created\./)
  })
})

describe('what cannot be read is said in a sentence', () => {
  test.each([
    [['replay', '/nonexistent.rcl'], 'usage', '/nonexistent.rcl: there is no such file'],
    [['replay', import.meta.filename], 'usage', 'is no capture file'],
    [['replay'], 'unreachable', 'no record is named, and no rollcall up runs'],
    [['replay', '--database', 'postgres://localhost/x'], 'usage', 'whose ledger in this database is meant?'],
    [['replay', recorded, '--cluster', 'east'], 'usage', 'so --database and --cluster say nothing'],
    [['step', recorded, '--at', '100000'], 'notFound', 'position 100000 lies behind the record'],
    [['step', recorded, '--at', 'noon'], 'usage', '--at "noon" is no time'],
    [['at', '-2h', 'get', 'nodes', '--file', recorded], 'notFound', 'lies behind the record: story-1.rcl ends at 1970'],
    [['at', '@9999', 'get', 'nodes', '--file', recorded], 'notFound', 'position 9999 lies behind the record'],
    [['at', '2970-01-01T00:00:00Z', 'get', 'nodes', '--file', recorded], 'usage', 'lies in the future'],
    [['at', '1970-01-01T00:00:10Z', 'get', 'nodes', '--file', recorded], 'notFound', 'nothing is known before'],
    [['at', 'noon', 'get', 'nodes', '--file', recorded], 'usage', '"noon" is no time'],
    [['at', '@60'], 'usage', 'what is asked about @60? get or why'],
    [['at', '@60', 'got'], 'usage', "unknown command 'got'"],
    [['step', recorded, '--count', 'all'], 'usage', '--count "all" is no whole number'],
    [['bisect', recorded], 'usage', '--when'],
    [
      ['capture', recorded, '--around', 'pod/', '-o', '/tmp/x.rcl'],
      'usage',
      'write it as pod/NAME or pod/NAMESPACE/NAME',
    ],
    [['capture', recorded, '--around', 'pod/x', '-o', '/tmp/x.rcl'], 'notFound', 'never speaks of pod x'],
    [['capture', recorded, '--around', 'pod/a/b', '-o', '/tmp/x.rcl'], 'notFound', 'never speaks of pod a/b'],
    [['capture', recorded, '--around', '10m', '--from', '3', '-o', '/tmp/x.rcl'], 'usage', 'give one or the other'],
    [['capture', recorded, '--around', 'node/n1', '--window', '9', '-o', '/tmp/x.rcl'], 'usage', 'no length of time'],
  ] as const)('%j', async (argv, exit, words) => {
    const { code, out, err } = await rollcall(...argv)
    expect({ code, out }).toEqual({ code: exitCodes[exit], out: '' })
    expect(err).toContain(words)
  })

  test('a damaged capture', async () => {
    const bytes = await readFile(recorded)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const file = join(folder, 'damaged.rcl')
    await writeFile(file, bytes)
    const { code, err } = await rollcall('replay', file)
    expect({ code, err }).toEqual({
      code: exitCodes.failed,
      err: 'rollcall: damaged.rcl is damaged: its bytes are not those that were written\n  get the file again, or take it anew with rollcall capture\n',
    })
  })
})
