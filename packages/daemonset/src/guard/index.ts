/** The guard: what would be deleted by mistake is held until somebody says so. */
export { decideGuarded, dissolveGuard } from './decide.ts'
export { guardSettings, isGuarded } from './settings.ts'
export { holdApproved, holdRejected, openHolds } from './settle.ts'
export { applyGuardMark } from './state.ts'
