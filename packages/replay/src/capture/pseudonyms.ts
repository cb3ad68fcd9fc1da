/**
 * Texts become `user-1`, `user-2`, … in the order in which they first occur, everywhere alike: equal ones stay equal and others
 * different, which is all that a fold can see of them. A number tells nothing of the text, as a digest of a short one would.
 */
export class Pseudonyms {
  readonly #word: string
  readonly #known = new Map<string, string>()

  constructor(word: string) {
    this.#word = word
  }

  of(text: string): string {
    const known = this.#known.get(text) ?? `${this.#word}-${this.#known.size + 1}`
    this.#known.set(text, known)
    return known
  }
}
