import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectClusters } from '../connect.ts'
import { KubeconfigError, parseClusterSpec } from './kubeconfig.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-kubeconfig-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, text: string): string => {
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}
const whole = (changes: object = {}) =>
  JSON.stringify({
    'current-context': 'east',
    contexts: [
      { name: 'east', context: { cluster: 'c', user: 'u' } },
      { name: 'west', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443/' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    ...changes,
  })

describe('cluster specs', () => {
  it.each([
    ['/a/config', { file: '/a/config' }],
    ['/a/config#east', { file: '/a/config', context: 'east' }],
    ['prod=/a/config', { file: '/a/config', name: 'prod' }],
    ['prod-1=/a/config#kind-east', { file: '/a/config', context: 'kind-east', name: 'prod-1' }],
    ['prod=arn:aws/x#arn:aws:eks:eu/x', { file: 'arn:aws/x', context: 'arn:aws:eks:eu/x', name: 'prod' }],
  ])('%s', (text, spec) => {
    expect(parseClusterSpec(text)).toEqual(spec)
  })

  it.each(['', 'prod=', '#east', '/a/config#'])('%j says how to write one', text => {
    expect(() => parseClusterSpec(text)).toThrow(/write FILE, FILE#context or name=FILE#context/)
  })
})

describe('connectClusters', () => {
  it('names a cluster by its spec, or by its context', () => {
    const file = write('good', whole())
    const names = connectClusters([{ file }, { file, context: 'west' }, { file, name: 'third' }]).map(
      api => api.cluster,
    )
    expect(names).toEqual(['east', 'west', 'third'])
  })

  it('reads YAML too, and other entries of the file may be broken', () => {
    const file = write(
      'yaml',
      'current-context: a\ncontexts: [{name: a, context: {cluster: c}}, {name: b}]\nclusters:\n- name: c\n  cluster: {server: "http://127.0.0.1:1"}\n- name: broken\n',
    )
    expect(connectClusters([{ file }])[0]?.cluster).toBe('a')
  })

  const table: readonly (readonly [
    string,
    () => Parameters<typeof connectClusters>[0],
    KubeconfigError['code'],
    RegExp,
  ])[] = [
    [
      'a file that does not exist',
      () => [{ file: '/nowhere/config' }],
      'file-missing',
      /kubeconfig \/nowhere\/config does not exist\. Check the path/,
    ],
    ['a directory', () => [{ file: directory }], 'file-unreadable', /cannot be read \(EISDIR\)/],
    ['no YAML', () => [{ file: write('bad', 'a: [\n') }], 'not-a-kubeconfig', /bad is not YAML: /],
    [
      'another YAML',
      () => [{ file: write('other', 'kind: Pod\n') }],
      'not-a-kubeconfig',
      /no kubeconfig: it has no list `contexts`/,
    ],
    ['an empty file', () => [{ file: write('empty', '') }], 'not-a-kubeconfig', /no kubeconfig|is not YAML/],
    [
      'a missing context',
      () => [{ file: write('c1', whole()), context: 'north' }],
      'context-missing',
      /context "north" is not among its contexts \(it has east, west\)/,
    ],
    [
      'a current context that is missing',
      () => [{ file: write('c2', whole({ 'current-context': 'gone' })) }],
      'context-missing',
      /its current-context "gone" is not among .*\(it has east, west\)/,
    ],
    [
      'no current context',
      () => [{ file: write('c3', whole({ 'current-context': '' })) }],
      'no-current-context',
      /has no current-context; name a context: .*c3#context \(it has east, west\)/,
    ],
    ['no context at all', () => [{ file: write('c4', whole({ contexts: [] })) }], 'context-missing', /\(it has none\)/],
    [
      'a missing cluster entry',
      () => [{ file: write('c5', whole({ clusters: [] })) }],
      'cluster-missing',
      /context "east" names the cluster "c", which is not under `clusters` \(there: none\)/,
    ],
    [
      'a missing user entry',
      () => [{ file: write('c6', whole({ users: [{ name: 'v' }] })) }],
      'user-missing',
      /names the user "u", which is not under `users` \(there: v\)/,
    ],
    [
      'no server',
      () => [{ file: write('c7', whole({ clusters: [{ name: 'c', cluster: {} }] })) }],
      'no-server',
      /cluster "c" needs `server: https:\/\/host:port`, not null/,
    ],
    [
      'an odd server',
      () => [{ file: write('c8', whole({ clusters: [{ name: 'c', cluster: { server: 'localhost:6443' } }] })) }],
      'no-server',
      /not "localhost:6443"/,
    ],
    [
      'two clusters of one name',
      () => [{ file: write('c9', whole()) }, { file: write('c10', whole()) }],
      'duplicate-name',
      /two clusters are called "east": context "east" of .*c9 and context "east" of .*c10\. Name them apart/,
    ],
  ]
  it.each(table)('%s is named with its mend', (_, specs, code, message) => {
    let caught: unknown
    try {
      connectClusters(specs())
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(KubeconfigError)
    expect(caught).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
