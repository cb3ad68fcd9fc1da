import { expect, test } from 'vitest'
import { useAsking } from '../testing/use-asking.ts'

const start = useAsking()

test('placements by the labels of their pods, whose cursors go with them', async () => {
  const { answer, asked, problem } = await start({ placements: async () => ({ items: [], next: ['north'] }) })
  const url = '/api/v1/placements?podLabelSelector=app%3Dfluentd'
  const { next } = await answer<{ next: string }>(url)
  expect(asked.at(-1)?.args[0]).toMatchObject({
    labels: [],
    podLabels: [{ key: 'app', operator: 'In', values: ['fluentd'] }],
  })
  await answer(`${url}&cursor=${next}`)
  expect(await problem(`/api/v1/placements?cursor=${next}`)).toMatchObject({ code: 'bad-cursor' })
  const bad = await problem('/api/v1/placements?podLabelSelector=a%3D%3D%3Db')
  expect(bad).toMatchObject({ code: 'bad-selector', parameter: 'podLabelSelector' })
})
