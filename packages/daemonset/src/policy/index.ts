/** What a DaemonSet can ask for by annotations under `rollcall.dev/`: declared in one table, read into a typed policy. */
export type { Annotation } from './annotation.ts'
export { type Asked, annotations } from './annotations.ts'
export { type Nonsense, noPolicy, type Policy, policyOf } from './policy.ts'
