import { createManualTime, type ManualTime } from '@rollcall/service'
import type { Notice, Tools } from '../apply/tools.ts'
import { makeTools } from '../flow/lane-tools.ts'
import { FakeCluster } from './fake-cluster.ts'
import { putDaemonSet } from './make.ts'

/** A fake cluster with one DaemonSet, and tools on it. */
export function toolsOnFake(): { cluster: FakeCluster; tools: Tools; told: Notice[]; time: ManualTime } {
  const cluster = new FakeCluster('c1')
  putDaemonSet(cluster)
  const time = createManualTime()
  const told: Notice[] = []
  const tools = makeTools({
    api: cluster,
    ports: time,
    timeoutMs: 35_000,
    signal: new AbortController().signal,
    report: () => undefined,
    tell: notice => told.push(notice),
  })
  return { cluster, tools, told, time }
}
