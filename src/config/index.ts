/** Config: what can be set, how it is checked, and how it is said what is wrong with it. Reads no environment by itself. */
export { withAbsolutePaths } from './absolute-paths.ts'
export { contradictions, reasonOf } from './contradictions.ts'
export { explained } from './explain.ts'
export { leavesOf, sourceOf, valueAt } from './keys.ts'
export { type Environment, overlaid } from './overlay.ts'
export { type AxisSettings, type KeySettings, type Settings, type StoreSettings, schema } from './schema.ts'
export { settings, variableFor } from './settings.ts'
