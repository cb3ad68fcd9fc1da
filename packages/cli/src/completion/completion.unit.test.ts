import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProgram } from '../program.ts'
import { type FakeAuditor, startFakeAuditor } from '../testing/fake-auditor.ts'
import { aCluster, aDaemonSet, aNode, aPlacement } from '../testing/records.ts'
import { createTestPorts } from '../testing/test-ports.ts'
import { complete } from './complete.ts'
import { completionScript, type Shell, shells } from './scripts.ts'

let auditor: FakeAuditor
beforeAll(async () => {
  auditor = await startFakeAuditor({
    clusters: () => ({ items: [aCluster('east'), aCluster('west')], next: null }),
    nodes: (_, { cluster }) => ({
      items: [aNode('n1'), aNode('n2'), aNode('w1', { cluster: 'west' })].filter(
        node => !cluster || cluster.includes(node.cluster),
      ),
      next: null,
    }),
    daemonSets: () => ({ items: [aDaemonSet('fluentd')], next: null }),
    placements: () => ({ items: [aPlacement('fluentd-abc', 'n1')], next: null }),
  })
})
afterAll(() => auditor.close())

async function offered(...words: string[]): Promise<string[]> {
  const ports = createTestPorts({ env: { ROLLCALL_SERVER: auditor.url }, wait: () => new Promise(() => undefined) })
  return (await complete(createProgram(ports), words, ports)).map(({ value }) => value)
}

describe('what is offered', () => {
  test('commands and their parts', async () => {
    expect(await offered('')).toEqual([
      'up',
      'get',
      'why',
      'blame',
      'history',
      'events',
      'holds',
      'approve',
      'reject',
      'takeover',
      'release',
      'at',
      'export',
      'replay',
      'step',
      'bisect',
      'capture',
      'whatif',
      'verify',
      'repair',
      'checkpoints',
      'archive',
      'completion',
      'version',
    ])
    expect(await offered('get', 'n')).toEqual(['nodes'])
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await offered('get', 'nodes', '--cl')).toEqual(['--cluster'])
    expect(await offered('get', 'nodes', '-o', '')).toEqual(['table', 'wide', 'json', 'yaml', 'csv'])
    expect(await offered('why', 'node', '-o', '')).toEqual(['table', 'wide', 'json', 'yaml'])
  })

  test('names on record, of the cluster that is named', async () => {
    expect(await offered('get', 'nodes', '--cluster', '')).toEqual(['east', 'west'])
    expect(await offered('get', 'nodes', '--cluster', '=', 'e')).toEqual(['east'])
    expect(await offered('get', 'nodes', '--cluster=w')).toEqual(['--cluster=west'])
    expect(await offered('get', 'missing', '')).toEqual(['logging/fluentd'])
    expect(await offered('why', 'node', '')).toEqual(['n1', 'n2', 'w1'])
    expect(await offered('why', 'node', '--cluster', 'west', '')).toEqual(['w1'])
    expect(await offered('get', 'no', 'n1', 'n')).toEqual(['n2'])
    expect(await offered('why', 'node', 'n1', '--daemonset', 'log')).toEqual(['logging/fluentd'])
    expect(await offered('history', 'pod', '')).toEqual(['fluentd-abc'])
    expect(await offered('get', 'ds', '-n', '')).toEqual(['logging'])
  })

  test('nothing where nothing is known, and where no server answers', async () => {
    expect(await offered('why', 'node', 'n1', 'n2', '')).toEqual([])
    expect(await offered('nonsense', '')).toEqual([])
    const ports = createTestPorts()
    expect(await complete(createProgram(ports), ['why', 'node', ''], ports)).toEqual([])
  })
})

const has = (shell: Shell): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

describe.each(shells)('the %s script', shell => {
  test.skipIf(!has(shell))('is read without an error', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-completion-'))
    const file = join(folder, 'script')
    writeFileSync(file, completionScript(shell))
    expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    rmSync(folder, { recursive: true })
  })
})

const answers = `rollcall() { printf 'east\\tcontrol\\nea st\\todd\\n'; }`

test.skipIf(!has('bash'))('bash offers what the command answers, quoted', () => {
  const script = `${answers}\n${completionScript('bash')}\nCOMP_WORDS=(rollcall get nodes --cluster '')\nCOMP_CWORD=4\n_rollcall\nprintf '%s|' "\${COMPREPLY[@]}"`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('east|ea\\ st|')
})

test.skipIf(!has('fish'))('fish offers what the command answers', () => {
  const script = `function rollcall; printf 'east\\tcontrol\\n'; end\n${completionScript('fish')}\ncomplete -C 'rollcall get nodes --cluster '`
  expect(execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })).toContain('east\tcontrol')
})

test.skipIf(!has('zsh'))('zsh offers what the command answers', () => {
  // _describe is what zsh's completion would call to show the candidates.
  const script = `compdef() { }\n${answers}\n${completionScript('zsh')}\n_describe() { print -rl -- "\${(@P)2}" }\nwords=(rollcall get nodes --cluster '')\nCURRENT=5\n_rollcall`
  expect(execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8' })).toBe('east:control\nea st:odd\n')
})
