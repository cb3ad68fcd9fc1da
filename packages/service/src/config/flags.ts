/** What stands on the command line. */
export type Flags = {
  /** Text by flag (`--kafka-brokers`). */
  readonly values: ReadonlyMap<string, string>
  readonly help: boolean
  /** One line per thing that is wrong. */
  readonly wrong: readonly string[]
}

/** Reads `--name value`, `--name=value`, `--switch` and `--no-switch`. The last of several wins. */
export function readFlags(argv: readonly string[], known: ReadonlyMap<string, { isSwitch: boolean }>): Flags {
  const values = new Map<string, string>()
  const wrong: string[] = []
  let help = false
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--help' || word === '-h') {
      help = true
      continue
    }
    if (!word.startsWith('--')) {
      wrong.push(`${JSON.stringify(word)} is not an option: options are written --name value. See --help`)
      continue
    }
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const negated = name.startsWith('--no-') ? `--${name.slice(5)}` : null
    if (negated !== null && known.get(negated)?.isSwitch && equals < 0) {
      values.set(negated, 'false')
      continue
    }
    const option = known.get(name)
    if (!option) {
      wrong.push(unknown(name, [...known.keys()]))
      if (equals < 0 && isValue(argv[index + 1])) index++
      continue
    }
    if (equals >= 0) values.set(name, word.slice(equals + 1))
    else if (option.isSwitch) values.set(name, 'true')
    else if (isValue(argv[index + 1])) values.set(name, argv[++index] ?? '')
    else wrong.push(`${name} needs a value: ${name} <value>. See --help`)
  }
  return { values, help, wrong }
}

const isValue = (word: string | undefined): boolean => word !== undefined && !word.startsWith('--')

function unknown(name: string, known: readonly string[]): string {
  let nearest: string | null = null
  let best = 4
  for (const candidate of known) {
    const distance = editDistance(name, candidate)
    if (distance < best) {
      best = distance
      nearest = candidate
    }
  }
  return `there is no option ${name}${nearest ? `: did you mean ${nearest}?` : '. See --help'}`
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
