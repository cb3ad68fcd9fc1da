import { beyond, sectionOf, sections } from './ids.ts'
import { type Result, summaryOf } from './run-suite.ts'
import { isStory } from './scenario.ts'

/** The table of what runs where and how it ends, as Markdown. One column for each world the suite runs in. */
export function coverageOf(worlds: Readonly<Record<string, readonly Result[]>>): string {
  const names = Object.keys(worlds)
  const rows = rowsOf(worlds)
  return [
    '# Coverage of the conformance suite',
    '',
    'Written by `pnpm test:conformance --write` from a run; a unit test holds it to what the run gives. The ids are those of',
    'the specification’s conformance suite (sections 9.1 to 9.5, 9.7, 9.8); `§` ids are paragraphs of the specification beyond it.',
    '',
    ...names.map(name => `- ${summaryOf(name, worlds[name] ?? [])}`),
    ...[...Object.keys(sections), beyond].flatMap(section => [
      '',
      `## ${section}`,
      '',
      ...tableOf([
        ['case', 'what', ...names],
        ...rows.filter(({ id }) => sectionOf(id) === section).map(({ id, says, cells }) => [id, says, ...cells]),
      ]),
    ]),
    '',
  ].join('\n')
}

/** A table as the formatter writes it: cells padded to the width of their column. */
function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)]
}

type Row = { readonly id: string; readonly says: string; readonly cells: readonly string[] }

/** One row a line of the spec: its variants count together when they end alike. */
function rowsOf(worlds: Readonly<Record<string, readonly Result[]>>): Row[] {
  const first = Object.values(worlds)[0] ?? []
  const keys = [...new Set(first.map(keyOf))]
  return keys.map(key => {
    const [id = '', says = ''] = key.split('\n')
    return { id, says, cells: Object.values(worlds).map(results => cellOf(results.filter(one => keyOf(one) === key))) }
  })
}

const keyOf = ({ case: { id, says } }: Result): string => `${id}\n${says}`

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
    case 'notRun': {
      if (isStory(one.case)) return 'not run here'
      const { needs, heldBy } = one.case
      return `not run here: needs ${needs}${heldBy ? ` (see \`${heldBy}\`)` : ''}`
    }
    case 'wrong':
      return 'WRONG'
  }
}
