import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { systemClock } from '@rollcall/service'
import { createObjectStore, createRandom } from '@rollcall/simulator'
import { type ServedApi, serveApi } from '@rollcall/simulator/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calls } from './calls/index.ts'
import { type Comparison, compareAll } from './compare-all.ts'
import { knownDifferences } from './known-differences.ts'
import { type Server, serverOf } from './server.ts'

// The same calls to the simulator and to the real kube-apiserver. What differs is listed, or it is a defect.

const dir = mkdtempSync(join(tmpdir(), 'rollcall-parity-'))
let controlPlane: ControlPlane
let simulated: ServedApi
let comparison: Comparison

beforeAll(async () => {
  controlPlane = await startControlPlane({
    name: 'parity',
    dir: join(dir, 'control-plane'),
    kwok: false,
    // Nobody changes what the calls have made: not even the node lifecycle.
    controllers: ['clusterrole-aggregation-controller'],
  })
  const store = createObjectStore({ clock: systemClock, random: createRandom('parity') })
  simulated = await serveApi({ store, clusterName: 'parity' })
  const kubeconfig = join(dir, 'simulated.kubeconfig')
  writeFileSync(kubeconfig, simulated.kubeconfig())
  comparison = await compareAll(calls, named(controlPlane.kubeconfig), named(kubeconfig), knownDifferences)
})
afterAll(async () => {
  await simulated?.close()
  await controlPlane?.stop()
  rmSync(dir, { recursive: true, force: true })
})

function named(kubeconfig: string): Server {
  const server = serverOf(kubeconfig)
  server.memory.set('run', 'a')
  return server
}

test('every call has a name of its own', () => {
  expect(new Set(calls.map(call => call.name)).size).toBe(calls.length)
})

test('the simulator answers as the real API server does, but for what is listed', () => {
  const unexplained = comparison.verdicts.filter(verdict => verdict.unexplained.length > 0)
  expect(unexplained.map(({ call, unexplained }) => ({ call: call.name, unexplained }))).toEqual([])
  const agree = comparison.verdicts.filter(verdict => verdict.agrees).length
  console.log(`${calls.length} calls, ${agree} agree, ${calls.length - agree} listed`)
})

test('every listed difference still is one', () => {
  expect(comparison.idle).toEqual([])
})
