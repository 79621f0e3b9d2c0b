import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** What xmllint, an independent validator, says against a text under one of the schemas; '' when nothing. */
export function violationsIn(schema: 'edxml.xsd' | 'edxml-read.xsd', xml: string): string {
  const path = join(import.meta.dirname, '../../schemas', schema)
  const { status, stderr, error } = spawnSync('xmllint', ['--nonet', '--noout', '--schema', path, '-'], { input: xml })
  if (error !== undefined) throw error
  return status === 0 ? '' : stderr.toString()
}
