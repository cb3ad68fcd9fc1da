/** What can be asked of the guard. */
export const guardAnnotations = {} as const
