/** In which order the entries of one position are told. */
export const ranks = { event: 0, outcome: 1, opened: 2, closed: 3, decision: 4 } as const
