/** The lines of spec §9.1–9.5, 9.7 and 9.8, by id: each must have a case. §9.6 is the API server's, and test/parity holds it. */
export const sections: Readonly<Record<string, readonly string[]>> = {
  '9.1 controller': [
    ...numbered('U', 1, 66, {
      8: 'abc',
      33: 'abcd',
      44: 'abcdefghijk',
      45: 'abcde',
      46: 'abc',
      48: 'ab',
      65: 'abcd',
      66: 'abc',
    }),
    'B1',
  ],
  '9.2 rolling updates': numbered('R', 1, 12, { 11: 'abcdefgh', 12: 'ab' }),
  '9.3 forms of pods': numbered('T', 1, 23),
  '9.4 affinity and tolerations': [...numbered('N', 1, 36), ...numbered('O', 1, 10)],
  '9.5 claiming and control': [...numbered('C', 1, 18), ...numbered('X', 1, 8), ...numbered('K', 1, 6)],
  '9.7 integration': numbered('I', 1, 12, { 3: 'abc' }),
  '9.8 end to end': numbered('E', 1, 12),
}

const onceOnly = ['U02', 'U13', 'U29', 'U48a', 'U48b', 'U49', 'I07', 'I08', 'I12']
/** The lines with ×2: each is played with OnDelete and with a rolling update. */
export const doubled: readonly string[] = [
  ...numberedOf('9.1 controller', 58),
  ...numberedOf('9.7 integration', 12),
].filter(id => !onceOnly.includes(id))

/** Where cases stand that the reference's tests do not have: they carry the paragraph of the spec as id. */
export const beyond = 'beyond the reference’s tests'

export function sectionOf(id: string): string {
  for (const [section, ids] of Object.entries(sections)) if (ids.includes(id)) return section
  if (/^§[0-9.]+[a-z]$/.test(id)) return beyond
  throw new Error(`${id} is no line of the spec's conformance suite, and no paragraph like §4.7a`)
}

function numberedOf(section: string, last: number): string[] {
  return (sections[section] ?? []).filter(id => /^[UI]/.test(id) && Number.parseInt(id.slice(1), 10) <= last)
}

function numbered(prefix: string, from: number, to: number, parts: Readonly<Record<number, string>> = {}): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap(number => {
    const id = `${prefix}${String(number).padStart(2, '0')}`
    return [...(parts[number] ?? ' ')].map(part => `${id}${part.trim()}`)
  })
}
