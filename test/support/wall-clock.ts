const MachineDate = Date

/**
 * Sets the wall clock of this process, as an operator or a time server may set that of a host: every `Date` made from
 * now on is `aheadMs` from the machine's. Waits and steady time go on as they were, as they do on a host.
 */
export function setWallClock(aheadMs: number): void {
  globalThis.Date = class extends MachineDate {
    constructor(...given: [] | [value: number | string | Date]) {
      super(given[0] ?? MachineDate.now() + aheadMs)
    }
    static override now(): number {
      return MachineDate.now() + aheadMs
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof MachineDate
    }
  } as DateConstructor
}
