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
