import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CoreWorld, type Order } from './core/world.ts'
import { columnOf, columnsIn, coverageOf } from './coverage.ts'
import { doubled, sectionOf, sections } from './ids.ts'
import { lackingIn } from './needs.ts'
import { play } from './play.ts'
import { runSuite } from './run-suite.ts'
import { isHeld, isStory, titleOf } from './scenario.ts'
import { core, simulator } from './stages.ts'
import { suite } from './suite.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const stories = suite.filter(isStory)

describe.each(['watch first', 'outcomes first'] satisfies Order[])('the core, told the %s', order => {
  const playable = stories.filter(one => lackingIn(core, one).length === 0)
  test.each(playable.map(one => [titleOf(one), one] as const))('%s', async (_title, one) => {
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

  test('plays what the spec marks ×2 with both strategies', () => {
    const strategiesOf = (id: string) =>
      ['OnDelete', 'RollingUpdate'].filter(strategy =>
        suite.some(one => one.id === id && one.variant?.startsWith(strategy)),
      )
    expect(doubled.filter(id => strategiesOf(id).length < 2)).toEqual([])
  })

  test('the last look of every story compares something', () => {
    const weak = stories.filter(({ steps, always }) => {
      const last = steps.findLast(step => step.do === 'settles')
      return always === undefined && Object.keys(last?.expected ?? {}).length === 0
    })
    expect(weak.map(titleOf)).toEqual([])
  })

  test('a case that is different on purpose points to its entry in docs/differences.md', () => {
    const entries = [...read('docs/differences.md').matchAll(/<a id="([^"]+)">/g)].map(match => match[1])
    expect(new Set(entries).size).toBe(entries.length)
    const dangling = stories.filter(({ differs }) => differs !== undefined && !entries.includes(differs))
    expect(dangling.map(titleOf)).toEqual([])
  })

  test('a unit test that holds a case is there', () => {
    const missing = suite.filter(isHeld).filter(({ file, test: title }) => !read(file).includes(`test('${title}'`))
    expect(missing.map(titleOf)).toEqual([])
  })

  test('every case runs somewhere, and ends as COVERAGE.md says (pnpm test:conformance --write)', async () => {
    const written = columnsIn(read('test/conformance/COVERAGE.md'))
    const results = [await runSuite(suite, core), await runSuite(suite, simulator)]
    const nowhere = suite.filter((_, index) => results.every(of => of[index]?.result === 'notRun'))
    expect(nowhere.map(titleOf)).toEqual([])
    const columns = new Map(written)
    for (const [index, { name }] of [core, simulator].entries()) columns.set(name, columnOf(name, results[index] ?? []))
    expect(read('test/conformance/COVERAGE.md')).toBe(coverageOf(suite, columns))
  })
})
