import { expect } from 'chai'
import type { FailureCode } from '../../src/base/index.ts'
import {
  documentText,
  edited,
  type HandSigner,
  receiptObject,
  resigned,
  signedPackage,
  statusText,
} from './packages.ts'
import { reasonOf } from './reasons.ts'
import { handSigner } from './toy-signers.ts'

/**
 * Vectors of refusal. Each begins with a package that is accepted and differs from it by one change; where the change
 * would break the signature too, a signer who holds a good key signs it again, so that only the rule decides.
 */
export const signer = handSigner('g02-p256')
export const accepted = signedPackage(documentText, signer)
export const status = signedPackage({ ...statusText, receipt: receiptObject }, signer)

export type Edit = (text: string) => string | Uint8Array

/** A test that this change alone makes us refuse, with this very code. */
export function refused(title: string, reason: FailureCode, edit: Edit, from = accepted): void {
  it(`${title}: ${reason}`, async () => {
    expect(await reasonOf(from)).to.equal('accepted')
    expect(await reasonOf(edit(from))).to.equal(reason)
  })
}

/** The same for a change that is signed again: the signature is right, and the rule alone refuses. */
export function refusedThoughSigned(
  title: string,
  reason: FailureCode,
  edit: (text: string) => string,
  from = accepted,
  by: Pick<HandSigner, 'privateKey'> = signer,
): void {
  refused(title, reason, (text) => resigned(edit(text), by), from)
}

/** A change that is none of our business. */
export function believed(title: string, edit: Edit, from = accepted): void {
  it(title, async () => expect(await reasonOf(edit(from))).to.equal('accepted'))
}

export const put = (what: string | RegExp, by: string) => (text: string) => edited(text, what, by)
export const inFrontOf = (mark: string, what: string) => put(mark, what + mark)
export const behind = (mark: string, what: string) => put(mark, mark + what)

/** The ds:Reference to this Id, as text. */
export function referenceTo(id: string): RegExp {
  return new RegExp(`<ds:Reference [^>]*URI="#${id}"[\\s\\S]*?</ds:Reference>`)
}
