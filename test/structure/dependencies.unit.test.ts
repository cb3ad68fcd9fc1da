import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/**
 * Which packages a room may import: services → (event-log, store, kube, replay) → (daemonset, fleet) → contracts.
 * A missing room is an error: whoever adds a package decides here where it stands.
 */
const mayImport: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/daemonset': ['contracts'],
  'packages/event-log': ['contracts'],
  'packages/store': ['contracts'],
  // Takes the ledger out of a store, and gives it back to it through a port of the store.
  'packages/archive': ['contracts', 'store'],
  'packages/kube': ['contracts'],
  // Takes the ledger as a port: it reads a store and a capture file alike.
  'packages/replay': ['contracts', 'daemonset'],
  'packages/service': [],
  'services/watcher': ['contracts', 'event-log', 'store', 'kube', 'service'],
  // No Kubernetes client: what the reconciler knows of a cluster, it knows from the log.
  'services/reconciler': ['contracts', 'daemonset', 'event-log', 'store', 'archive', 'service'],
  // No core: the executor decides nothing.
  'services/executor': ['contracts', 'event-log', 'store', 'kube', 'service'],
  // A cluster that does not know who looks at it.
  // Only its entry cluster-api knows kube: the cluster behind the port.
  'packages/simulator': ['kube', 'service'],
  // Reads, and writes intents only.
  'services/auditor': ['contracts', 'daemonset', 'event-log', 'store', 'service'],
  // All services in one process: the only room that knows them all.
  'services/embedded': [
    'contracts',
    'daemonset',
    'event-log',
    'store',
    'kube',
    'service',
    'simulator',
    'watcher',
    'reconciler',
    'executor',
    'auditor',
    'local-process',
  ],
  // Talks to the auditor over HTTP; `rollcall up` alone loads the embedded services, and only replay reads a database.
  // whatif reads a manifest as an API server and a watcher would: simulator and kube.
  'packages/cli': ['contracts', 'embedded', 'replay', 'store', 'archive', 'simulator', 'kube'],
  // Processes that a program takes along; Postgres among them, for the embedded mode and for infra.
  'packages/local-process': [],
  infra: ['local-process'],
}

/** Outside modules that are kept out of rooms which must stay pure. */
const outsideOnly: Record<string, readonly string[]> = {
  'packages/contracts': ['zod', 'fastest-levenshtein', 'node:crypto'],
  'packages/daemonset': [],
}

type Import = { readonly file: string; readonly specifier: string }

function sourcesOf(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.includes('node_modules') && !isForTests(file))
    .map(file => join(root, room, file))
}

function isForTests(file: string): boolean {
  return /\.test\.ts$|(^|\/)(bench|testing)\/|contract-suite/.test(file)
}

function importsOf(room: string): Import[] {
  return sourcesOf(room).flatMap(file => {
    const text = readFileSync(file, 'utf8')
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1] ?? '')
    return specifiers.map(specifier => ({ file: relative(root, file), specifier }))
  })
}

const rooms = ['packages', 'services']
  .flatMap(folder =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => `${folder}/${entry.name}`),
  )
  .concat('infra')

test('every room has its place in the order of dependencies', () => {
  expect(rooms.filter(room => !(room in mayImport))).toEqual([])
})

describe.each(rooms)('%s', room => {
  test('imports only what stands below it', () => {
    const allowed = new Set((mayImport[room] ?? []).map(name => `@rollcall/${name}`))
    const wrong = importsOf(room).filter(
      ({ specifier }) => specifier.startsWith('@rollcall/') && !allowed.has(specifier.split('/').slice(0, 2).join('/')),
    )
    expect(wrong).toEqual([])
  })

  test('stays inside its own folder', () => {
    const wrong = importsOf(room).filter(
      ({ file, specifier }) =>
        specifier.startsWith('.') && relative(join(root, room), join(root, file, '..', specifier)).startsWith('..'),
    )
    expect(wrong).toEqual([])
  })
})

describe.each(Object.entries(outsideOnly))('%s', (room, allowed) => {
  test(`takes nothing from outside but ${allowed.join(', ') || 'contracts'}`, () => {
    const wrong = importsOf(room).filter(
      ({ specifier }) =>
        !specifier.startsWith('.') && !specifier.startsWith('@rollcall/') && !allowed.includes(specifier),
    )
    expect(wrong).toEqual([])
  })
})

test('the core has no clock, no chance and no environment', () => {
  const forbidden =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bprocess\.|\bperformance\.|\bsetTimeout\b|\bfetch\(/
  const wrong = sourcesOf('packages/daemonset').filter(file => forbidden.test(readFileSync(file, 'utf8')))
  expect(wrong.map(file => relative(root, file))).toEqual([])
})

test('only a config.ts or a main.ts of a service reads the environment', () => {
  const wrong = ['packages', 'services']
    .flatMap(sourcesOf)
    .filter(file => /\bprocess\.env\b/.test(readFileSync(file, 'utf8')))
    .map(file => relative(root, file))
    .filter(file => !/(config|main|-cli|cli)\.ts$/.test(file))
  expect(wrong).toEqual([])
})
