import { readFileSync } from 'node:fs'
import { GatewayError, Secret } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { type AgencyCode, findAgencyCode } from '../message/index.ts'

/** @throws {GatewayError} request-invalid */
export function readPassword(file: string): Secret {
  let password: string
  try {
    password = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new GatewayError('request-invalid', `${file} cannot be read: ${reasonOf(cause)}`, {}, { cause })
  }
  if (password === '') throw new GatewayError('request-invalid', `${file} is empty: write the password into it`)
  return new Secret(password)
}

/** @throws {GatewayError} request-invalid */
export function requireCode(text: string, option: string): AgencyCode {
  const code = findAgencyCode(text)
  if (code !== undefined) return code
  throw new GatewayError('request-invalid', `${option} is "${text}": write the short form, such as G02 or G12.18`)
}

/** @throws {GatewayError} request-invalid */
export function positive(option: string, text: string): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw new GatewayError('request-invalid', `${option} is "${text}": write a whole number above 0`)
}
