export { type ServedApi, type ServeOptions, serveApi } from './serve-api.ts'
