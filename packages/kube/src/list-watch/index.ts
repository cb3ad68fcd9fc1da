export { type BackOffOptions, backOffMs, defaultBackOff } from './back-off.ts'
export type { ListWatchEvent } from './events.ts'
export { listWatch } from './list-watch.ts'
export { type ListWatchOptions, listWatchDefaults } from './options.ts'
