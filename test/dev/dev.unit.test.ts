import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeconfigError } from '@rollcall/kube'
import { afterAll, expect, test } from 'vitest'
import { readable } from './log-line.ts'
import { parseDevOptions, UsageError } from './options.ts'

const dir = mkdtempSync(join(tmpdir(), 'rollcall-dev-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function kubeconfig(name: string): string {
  const file = join(dir, name)
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name, user: { token: 'x' } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('takes several kubeconfigs, and only observes unless told otherwise', () => {
  const [east, west] = [kubeconfig('east'), kubeconfig('west')]
  expect(parseDevOptions(['--kubeconfig', east, west])).toEqual({
    help: false,
    mode: 'observe',
    clusters: [east, west],
  })
  expect(parseDevOptions(['--mode', 'control', '--kubeconfig', `prod=${east}`])).toMatchObject({
    mode: 'control',
    clusters: [`prod=${east}`],
  })
})

test('says what it did not understand', () => {
  expect(() => parseDevOptions([])).toThrow(UsageError)
  expect(() => parseDevOptions(['--mode', 'obey', '--kubeconfig', kubeconfig('east')])).toThrow(
    '--mode takes observe or control, not "obey"',
  )
  expect(() => parseDevOptions(['--colour'])).toThrow(UsageError)
})

test('names a kubeconfig that does not exist before anything starts', () => {
  expect(() => parseDevOptions(['--kubeconfig', join(dir, 'nowhere')])).toThrow(KubeconfigError)
})

test('a log line becomes a sentence with its facts', () => {
  const line =
    '{"level":"warn","time":"2026-11-24T10:00:01.250Z","service":"watcher","cluster":"east","msg":"it waits"}'
  expect(readable(line)).toBe('10:00:01.250 WARN it waits cluster="east"')
  expect(readable('{not json')).toBe('{not json')
  expect(readable('Error: boom')).toBe('Error: boom')
})
