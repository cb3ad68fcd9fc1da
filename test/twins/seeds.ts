/** Seeds whose story once differed, and what it was; they are played first. */
export const seeds: readonly { readonly seed: number; readonly was: string }[] = []
