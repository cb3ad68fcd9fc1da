import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCapture } from '@rollcall/replay'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { run } from '../program.ts'
import { createTestPorts } from '../testing/test-ports.ts'

const root = join(import.meta.dirname, '../../../..')
const corpus = (name: string) => join(root, 'test/replay/corpus', name)
const drained = corpus('up-drain.rcl')
const core = join(root, 'packages/daemonset')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-whatif-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function rollcall(...argv: readonly string[]) {
  const ports = createTestPorts({ homeDir: folder })
  const code = await run(argv, ports)
  return { code, ...ports.written }
}

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

const manifest = (change = '') => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: fluentd, namespace: logging }
spec:
  selector: { matchLabels: { app: fluentd } }
  updateStrategy: { rollingUpdate: { maxUnavailable: 5 } }
  template:
    metadata: { labels: { app: fluentd } }
    spec:
      nodeSelector: { ssd: "true" }
      containers: [{ name: agent, image: "registry/agent:2" }]
${change}`

describe('whatif', () => {
  test('with a manifest tells its blast radius, and the slots in which something else is done', async () => {
    const file = await written('new.yaml', manifest())
    const { code, out, err } = await rollcall('whatif', drained, '--daemonset', file)
    expect({ code, err }).toEqual({ code: exitCodes.ok, err: '' })
    expect(out).toMatch(/^From position \d+ of up-drain\.rcl, .*; core \S+\n/)
    expect(out).toMatch(/\n +RECORDED +UNCHANGED +WHAT IF\npods created +0 +0 +4\npods deleted +0 +0 +17\n/)
    expect(out).toContain('17 slots in which something else is done:\nDAEMONSET NODE ')
    expect(out).toMatch(/\nlogging\/fluentd worker-\w+ +its pod stays +deleted \+\S+s \(node-selector-mismatch\)\n/)
    expect(out).toMatch(/\nlogging\/fluentd storage-\w+ +its pod stays +deleted .*, created .* uncovered\n/)
  })

  test('with the same rules does what is recorded, and says how much that was tried', async () => {
    const { out } = await rollcall('whatif', drained, '--from', '@150', '--core', core)
    expect(out).toContain('In every slot the same is done')
    expect(out).toMatch(/does what was recorded in (\d+) of \1 slots\.\n$/)
  })

  test('-o json tells both histories whole', async () => {
    const node = await aNodeOf(drained)
    const taint = `${node}=k=v:NoExecute`
    const { out } = await rollcall('whatif', drained, '--taint', taint, '-o', 'json')
    const told = JSON.parse(out) as {
      blast: { alternative: { deleted: number } }
      alternative: { acts: { type: string; node: string }[]; pods: object }
      differences: { slot: string }[]
    }
    expect(told.blast.alternative.deleted).toBeGreaterThan(0)
    expect(new Set(told.alternative.acts.map(act => `${act.type} ${act.node}`))).toEqual(new Set([`delete ${node}`]))
    expect(told.differences.every(({ slot }) => slot.endsWith(` ${node}`))).toBe(true)
  })

  test.each([
    [['whatif', drained], 'usage', 'what is to be otherwise?'],
    [['whatif', drained, '--label', 'n1'], 'usage', 'write NODE=LABEL=VALUE or NODE=LABEL-'],
    [['whatif', drained, '--taint', 'n1=k=v'], 'usage', 'write NODE=KEY=VALUE:EFFECT'],
    [['whatif', drained, '--label', 'nowhere=a=b'], 'usage', 'there was no node nowhere then'],
    [['whatif', drained, '--drop-event', 'x'], 'usage', '--drop-event "x" is no whole number'],
    [['whatif', drained, '--drop-event', '99999'], 'notFound', 'position 99998 lies behind the record'],
    [['whatif', drained, '--from', '@1', '--core', core], 'usage', 'the cluster was not wholly known yet'],
    [['whatif', drained, '--from', '1970-01-01', '--core', core], 'notFound', 'nothing is known before'],
    [['whatif', drained, '--core', 'no-such-core'], 'usage', 'neither a folder of a core nor a commit here'],
    [['whatif', drained, '--daemonset', '/nowhere.yaml'], 'usage', '/nowhere.yaml: there is no such file'],
  ] as const)('%j', async (argv, exit, words) => {
    const { code, out, err } = await rollcall(...argv)
    expect({ code, out }).toEqual({ code: exitCodes[exit], out: '' })
    expect(err).toContain(words)
  })

  test.each([
    ['no YAML', 'a: [', 'is no YAML'],
    ['another kind', 'apiVersion: v1\nkind: Pod\nmetadata: { name: x }', 'holds no DaemonSet'],
    ['two', `${manifest()}\n---\n${manifest()}`, 'holds 2 DaemonSets'],
    ['one that is refused', manifest('  minReadySeconds: -1'), 'an API server would refuse it'],
  ])('a manifest that is %s', async (name, text, words) => {
    const { code, err } = await rollcall('whatif', drained, '--daemonset', await written(`${name}.yaml`, text))
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain(words)
  })
})

describe('another core', () => {
  test('with a changed rule is caught, and the first difference is named', async () => {
    const changed = await written(
      'changed-core.ts',
      `import * as core from '${core}/src/index.ts'
export * from '${core}/src/index.ts'
export const coreVersion = 'changed'
export function decide(state) {
  const point = core.decide(state)
  const decisions = point.decisions.map(one => (one.action === 'create' ? { ...one, action: 'wait' } : one))
  return { ...point, decisions, commands: point.commands.filter(({ type }) => type !== 'CreatePod') }
}
`,
    )
    const { code, out, err } = await rollcall('replay', '--assert', drained, '--core', changed)
    expect(code).toBe(exitCodes.differs)
    expect(out).toContain('decided anew by core changed')
    expect(out).toMatch(/DaemonSet \S+\/\S+ differs at \d+ decision points?\n/)
    expect(err).toMatch(
      /core changed decides otherwise at \d+ of \d+ decision points of up-drain\.rcl, first at position \d+/,
    )
    const whatIf = await rollcall('whatif', drained, '--from', '@150', '--core', changed)
    expect(whatIf.out).toMatch(/\npods created +\d+ +\d+ +0\n/)
  })

  test('of this checkout at a commit, taken out of git, agrees as far as its rules do', async () => {
    const { code, out, err } = await rollcall('replay', drained, '--core', 'HEAD')
    expect({ code, err }).toEqual({ code: exitCodes.ok, err: '' })
    expect(out).toContain('decision points decided anew by core ')
  })

  test.each([
    ['that is none', 'export const coreVersion = "x"', 'it lacks createState, evolve'],
    ['that cannot be loaded', 'import "./nowhere.ts"', 'cannot be loaded'],
  ])('%s', async (name, text, words) => {
    const { code, err } = await rollcall('replay', drained, '--core', await written(`${name}.ts`, text))
    expect(code).toBe(exitCodes.usage)
    expect(err).toContain(words)
  })

  test('older than an event says which it does not know', async () => {
    const older = await written(
      'older-core.ts',
      `import * as core from '${core}/src/index.ts'
export * from '${core}/src/index.ts'
export const coreVersion = 'older'
export const evolve = (state, event) => (event.type === 'CommandSettled' ? undefined : core.evolve(state, event))
`,
    )
    const { code, err } = await rollcall('replay', drained, '--core', older)
    expect(code).toBe(exitCodes.failed)
    expect(err).toMatch(
      /cannot be replayed beyond position \d+: .*core older does not know events of type CommandSettled/,
    )
  })
})

/** A node that has pods at the end. */
async function aNodeOf(file: string): Promise<string> {
  const { manifest } = readCapture(file, await readFile(file))
  const { out } = await rollcall('at', `@${manifest.to.position}`, 'get', 'placements', '--file', file, '-o', 'json')
  const { items } = JSON.parse(out) as { items: { node: string }[] }
  const node = items.find(one => one.node.startsWith('storage-'))?.node
  if (node === undefined) throw new Error('no pod stands on a storage node')
  return node
}
