import { expect, test } from 'vitest'
import { useAsking } from '../testing/use-asking.ts'

const start = useAsking()
const fluentd = '/api/v1/clusters/north/daemonsets/kube-system/fluentd/outstanding'

test('what is outstanding goes on where its page ended', async () => {
  const { answer, asked } = await start({ outstanding: async () => ({ items: [], next: ['n1'] }) })
  const { next } = await answer<{ next: string }>(`${fluentd}?limit=1`)
  await answer(`${fluentd}?cursor=${next}`)
  expect(asked.at(-1)?.args).toEqual([
    { cluster: 'north', namespace: 'kube-system', name: 'fluentd' },
    { after: ['n1'], limit: 100 },
  ])
})

test('nothing is outstanding for a DaemonSet that nobody knows', async () => {
  const { problem } = await start({ outstanding: async () => null })
  expect(await problem(fluentd.replace('fluentd', 'fluentb'))).toMatchObject({ status: 404, code: 'unknown-daemonset' })
})

test('commands under way, of a cluster that is on record', async () => {
  const { answer, problem, asked } = await start({ commandsUnderWay: async () => ({ items: [], next: [9, 0, 1] }) })
  const path = '/api/v1/clusters/north/commands-under-way'
  const { next } = await answer<{ next: string }>(path)
  await answer(`${path}?cursor=${next}`)
  expect(asked.at(-1)?.args).toEqual(['north', { after: [9, 0, 1], limit: 100 }])
  expect(await problem(path.replace('north', 'nowhere'))).toMatchObject({ status: 404, code: 'unknown-cluster' })
})
