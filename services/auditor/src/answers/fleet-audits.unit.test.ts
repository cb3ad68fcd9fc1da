import { expect, test } from 'vitest'
import { useAsking } from '../testing/use-asking.ts'

const start = useAsking()

const path = '/api/v1/clusters/north'
const begun = { recordBegins: new Date('2020-01-01T00:00:00.000Z') }

const spans = ['diff', 'misplaced', 'churn', 'flapping'] as const

test.each(spans)('all pages of %s end where the first did', async route => {
  const key = ['n1', 5, 'uid']
  const slice = async () => ({ items: [], next: key, ...begun })
  const { answer, asked, time } = await start({ [route]: slice })
  const question = `${path}/${route}?from=2023-01-01T00:00:00Z&node=n1`
  const first = await answer<{ to: string; next: string }>(question)
  await time.advance(60_000)
  expect((await answer<{ to: string }>(`${question}&cursor=${first.next}`)).to).toBe(first.to)
  expect(asked.at(-1)?.args[1]).toEqual({ after: key, limit: 100 })
})

test.each(spans)('no page of %s counts what was recorded behind the first', async route => {
  const slice = async () => ({ items: [], next: ['n1'], ...begun })
  const { answer, asked, add } = await start({ [route]: slice })
  const question = `${path}/${route}?from=2023-01-01T00:00:00Z`
  const { next } = await answer<{ next: string }>(question)
  const first = asked.at(-1)?.args[0]
  expect(first).toMatchObject({ upTo: 1 })
  add('north', 'Ticked', 'Ticked')
  await answer(`${question}&cursor=${next}`)
  expect(asked.at(-1)?.args[0]).toEqual(first)
})

test.each(spans)('%s of what is not on record is refused', async route => {
  const { problem } = await start({ [route]: async () => null })
  const from = 'from=2023-01-01T00:00:00Z'
  expect(await problem(`${path}/${route}?${from}&daemonSet=fluentb`)).toMatchObject({ code: 'unknown-daemonset' })
  expect(await problem(`${path}/${route}?${from}`)).toMatchObject({ code: 'unknown-cluster' })
  expect(await problem(`${path}/${route}`)).toMatchObject({ code: 'bad-parameter', parameter: 'from' })
  expect(await problem(`${path}/${route}?${from}&to=2022-01-01T00:00:00Z`)).toMatchObject({ parameter: 'to' })
})

test('a cursor of decisions goes with its question only', async () => {
  const decisions = async () => ({ items: [], next: [7, 1, 0] })
  const { answer, asked, problem } = await start({ decisions })
  const { next } = await answer<{ next: string }>(`${path}/decisions?rule=eligible&from=2023-01-01T00:00:00Z`)
  await answer(`${path}/decisions?rule=eligible&from=2023-01-01T00:00:00Z&cursor=${next}`)
  expect(asked.at(-1)?.args).toMatchObject([
    { rules: ['eligible'], from: new Date('2023-01-01T00:00:00Z'), to: null },
    { after: [7, 1, 0], limit: 100 },
  ])
  expect(await problem(`${path}/decisions?cursor=${next}`)).toMatchObject({ code: 'bad-cursor' })
})

test('events of a time begin where that time does, in each stream', async () => {
  const { answer, problem } = await start({ positionAt: async () => 0 })
  const since = 'since=2023-01-01T00:00:00Z'
  expect((await answer<{ items: unknown[] }>(`/api/v1/events?${since}`)).items).toHaveLength(1)
  expect(await problem(`/api/v1/events?${since}&from=north:1`)).toMatchObject({
    code: 'bad-parameter',
    parameter: 'since',
  })
})

test('blame of what is not on record is refused', async () => {
  const none = async () => null
  const { problem } = await start({ blamePod: none, blameNode: none })
  expect(await problem(`${path}/pods/logging/p/blame`)).toMatchObject({ code: 'unknown-pod' })
  expect(await problem(`${path}/nodes/n9/blame`)).toMatchObject({ code: 'unknown-node' })
})
