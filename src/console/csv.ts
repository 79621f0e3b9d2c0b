/** What spreadsheets begin a formula with (OWASP, CSV injection), also behind white space. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@|%\t\r\uff1d\uff0b\uff0d\uff20]/u

/** One line of CSV (RFC 4180); a cell that a spreadsheet would calculate begins with an apostrophe instead. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const inert = FORMULA.test(value) ? `'${value}` : value
  return `"${inert.replaceAll('"', '""')}"`
}

/** Without it, spreadsheets read UTF-8 as something else. */
export const BYTE_ORDER_MARK = '\ufeff'
