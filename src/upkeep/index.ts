/** Upkeep: what follows the clock. Numbers events and audit rows, frees what was abandoned, signs the audit's head daily. */
export { Upkeep, type UpkeepDeps } from './upkeep.ts'
