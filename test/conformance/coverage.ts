import { beyond, sectionOf, sections } from './ids.ts'
import { type Result, summaryOf } from './run-suite.ts'
import { type Case, isHeld, isStory } from './scenario.ts'

/** One world's part of the table. */
export type Column = { readonly summary: string; readonly cells: ReadonlyMap<string, string> }

export function columnOf(world: string, results: readonly Result[]): Column {
  const rows = Map.groupBy(results, one => rowOf(one.case))
  return { summary: summaryOf(world, results), cells: new Map([...rows].map(([row, of]) => [row, cellOf(of)])) }
}

/** The table of what runs where and how it ends, as Markdown. One column for each world the suite runs in. */
export function coverageOf(suite: readonly Case[], worlds: ReadonlyMap<string, Column>): string {
  const rows = [...new Map(suite.map(one => [rowOf(one), one])).values()]
  const cells = (one: Case) => [...worlds.values()].map(column => column.cells.get(rowOf(one)) ?? '')
  return [
    '# Coverage of the conformance suite',
    '',
    'Written by `pnpm test:conformance --write` from runs; tests hold it to what the runs give. The ids are those of the',
    'specification’s conformance suite (sections 9.1 to 9.5, 9.7, 9.8); `§` ids are paragraphs of the specification beyond it.',
    'What a world lacks for a case stands in its place (`world.ts` says what each need is), as do the words in which an API',
    'server refuses one of its objects.',
    '',
    ...[...worlds.values()].map(({ summary }) => `- ${summary}`),
    ...[...Object.keys(sections), beyond].flatMap(section => [
      '',
      `## ${section}`,
      '',
      ...tableOf([
        ['case', 'what', ...worlds.keys()],
        ...rows.filter(({ id }) => sectionOf(id) === section).map(one => [one.id, one.says, ...cells(one)]),
      ]),
    ]),
    '',
  ].join('\n')
}

/** The columns of a table as it was written. */
export function columnsIn(coverage: string): Map<string, Column> {
  const lines = coverage.split('\n')
  const rows = lines
    .filter(line => line.startsWith('| '))
    .map(line =>
      line
        .slice(2, -2)
        .split(' | ')
        .map(cell => cell.trim()),
    )
  const names = rows.find(([first]) => first === 'case')?.slice(2) ?? []
  const cases = rows.filter(([first = '']) => first !== 'case' && !/^-+$/.test(first))
  return new Map(
    names.map((name, index) => {
      const summary = lines.find(line => line.startsWith(`- conformance (${name}): `))?.slice(2) ?? ''
      const cells = cases.map(([id = '', says = '', ...of]) => [`${id}\n${says}`, of[index] ?? ''] as const)
      return [name, { summary, cells: new Map(cells) }]
    }),
  )
}

/** A table as the formatter writes it: cells padded to the width of their column. */
function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)]
}

/** One row a line of the spec: its variants count together when they end alike. */
const rowOf = ({ id, says }: Case): string => `${id}\n${says}`

function cellOf(results: readonly Result[]): string {
  const times = results.length > 1 ? ` ×${results.length}` : ''
  const kinds = [...new Set(results.map(textOf))]
  return kinds.length === 1 ? `${kinds[0]}${times}` : kinds.join('; ')
}

function textOf(one: Result): string {
  switch (one.result) {
    case 'agrees':
      return 'agrees'
    case 'differs': {
      const entry = isStory(one.case) ? (one.case.differs ?? '') : ''
      return `differs: [${entry}](../../docs/differences.md#${entry})`
    }
    case 'held':
      return isHeld(one.case) ? `unit test: \`${one.case.file}\`` : 'unit test'
    case 'refused':
      return `the API server refuses it: “${isStory(one.case) ? (one.case.apiRefuses ?? '') : ''}”`
    case 'notRun':
      return `needs ${one.lacking.join(', ')}`
    case 'wrong':
      return 'WRONG'
  }
}
