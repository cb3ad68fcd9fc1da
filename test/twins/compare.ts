import type { Picture } from './picture.ts'

/** One place at which the sides differ; undefined: it is not there. */
export type Difference = {
  readonly at: string
  readonly builtIn: string | undefined
  readonly rollcall: string | undefined
}

export function compare(builtIn: Picture, rollcall: Picture): readonly Difference[] {
  const paths = [...new Set([...builtIn.keys(), ...rollcall.keys()])].sort()
  return paths.flatMap(at => {
    const [theirs, ours] = [builtIn.get(at), rollcall.get(at)]
    return theirs === ours ? [] : [{ at, builtIn: theirs, rollcall: ours }]
  })
}

/** A difference taken apart: what differs inside of two objects, by its path in them. */
export function apart(difference: Difference): readonly Difference[] {
  const { at, builtIn, rollcall } = difference
  const [theirs, ours] = [parsed(builtIn), parsed(rollcall)]
  if (theirs === null || ours === null) return [difference]
  const inner = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort().flatMap(key => {
    const [left, right] = [theirs[key], ours[key]].map(value =>
      value === undefined ? undefined : JSON.stringify(value),
    )
    return left === right ? [] : apart({ at: `${at} ${key}`, builtIn: left, rollcall: right })
  })
  // The same fields in another order.
  return inner.length === 0 ? [difference] : inner
}

/** null: no object. */
function parsed(text: string | undefined): Readonly<Record<string, unknown>> | null {
  if (text === undefined || !/^[{[]/.test(text)) return null
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}
