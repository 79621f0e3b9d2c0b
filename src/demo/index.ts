/** Demo: two gateways with toy keys and a story that is told while it happens. Everything it does goes through the doors that others use. */
export { demoCommand } from './command.ts'
