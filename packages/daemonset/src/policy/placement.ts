/** What can be asked of placement. */
export const placementAnnotations = {} as const
