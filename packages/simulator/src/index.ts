export type * from './objects/object-store.ts'
