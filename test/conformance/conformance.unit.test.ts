import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CoreWorld, type Order } from './core/world.ts'
import { coverageOf } from './coverage.ts'
import { sectionOf, sections } from './ids.ts'
import { play } from './play.ts'
import { runSuite } from './run-suite.ts'
import { isStory, titleOf } from './scenario.ts'
import { suite } from './suite.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const stories = suite.filter(isStory)

describe.each(['watch first', 'outcomes first'] satisfies Order[])('the core, told the %s', order => {
  test.each(stories.map(one => [titleOf(one), one] as const))('%s', async (_title, one) => {
    expect(await play(one, new CoreWorld(order))).toEqual([])
  })
})

describe('the suite', () => {
  test('has a case for every line of the spec, and none that is nowhere in it', () => {
    const ids = new Set(suite.map(({ id }) => id))
    expect(
      Object.values(sections)
        .flat()
        .filter(id => !ids.has(id)),
    ).toEqual([])
    expect(() => suite.map(({ id }) => sectionOf(id))).not.toThrow()
  })

  test('every story expects something', () => {
    const weak = stories.filter(
      ({ steps }) => !steps.some(step => step.do === 'settles' && Object.keys(step.expected).length > 0),
    )
    expect(weak.map(titleOf)).toEqual([])
  })

  test('a case that is different on purpose points to its entry in docs/differences.md', () => {
    const entries = [...read('docs/differences.md').matchAll(/<a id="([^"]+)">/g)].map(match => match[1])
    expect(new Set(entries).size).toBe(entries.length)
    const dangling = stories.filter(({ differs }) => differs !== undefined && !entries.includes(differs))
    expect(dangling.map(titleOf)).toEqual([])
  })

  test('what does not run here names a file that exists', () => {
    const held = suite.flatMap(one => (isStory(one) ? [] : (one.heldBy ?? [])))
    expect(held.filter(path => !existsSync(join(root, path)))).toEqual([])
  })

  test('COVERAGE.md is what a run gives (pnpm test:conformance --write)', async () => {
    expect(read('test/conformance/COVERAGE.md')).toBe(
      coverageOf({ core: await runSuite(suite, () => new CoreWorld()) }),
    )
  })
})
