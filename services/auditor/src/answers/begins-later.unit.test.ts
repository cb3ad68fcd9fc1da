import { expect, test } from 'vitest'
import { useAsking } from '../testing/use-asking.ts'

const start = useAsking()
const north = { cluster: 'north', recordBegins: '2026-01-01T00:00:00.000Z' }
const south = { cluster: 'south', recordBegins: '2026-02-01T00:00:00.000Z' }
const over = {
  recordBegins: async (clusters: readonly string[] | null) =>
    new Map(
      [north, south]
        .filter(({ cluster }) => clusters === null || clusters.includes(cluster))
        .map(({ cluster, recordBegins }) => [cluster, new Date(recordBegins)] as const),
    ),
  placements: async () => ({ items: [], next: null }),
  missing: async () => ({ items: [], next: null, daemonSetUid: null }),
}
type Told = { readonly beginsLater?: unknown }

test.each([
  ['', undefined],
  ['?at=2026-01-15T00:00:00Z&cluster=north', undefined],
  ['?at=2026-03-01T00:00:00Z', undefined],
  ['?at=2026-01-15T00:00:00Z', [south]],
  ['?from=2025-12-01T00:00:00Z', [north, south]],
  ['?from=2025-12-01T00:00:00Z&to=2026-01-15T00:00:00Z', [north, south]],
  ['?to=2026-01-15T00:00:00Z', [south]],
])('placements%s: of which clusters not all is told', async (query, later) => {
  const { answer } = await start(over)
  // Asked again, what is known of the beginnings answers.
  for (const _ of [1, 2]) expect((await answer<Told>(`/api/v1/placements${query}`)).beginsLater).toEqual(later)
})

test('a time before the record is refused, with where it begins', async () => {
  const { problem } = await start(over)
  const refused = { code: 'bad-time', detail: expect.stringContaining('begins at 2026-01-01T00:00:00.000Z') }
  const [before, span] = ['at=2025-12-31T23:59:59Z', 'from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z']
  expect(await problem(`/api/v1/placements?${before}`)).toMatchObject({ ...refused, parameter: 'at' })
  expect(await problem(`/api/v1/placements?cluster=north&${span}`)).toMatchObject({ ...refused, parameter: 'to' })
  const missing = '/api/v1/clusters/north/daemonsets/logging/fluentd/missing'
  expect(await problem(`${missing}?${before}`)).toMatchObject({ ...refused, parameter: 'at' })
})
