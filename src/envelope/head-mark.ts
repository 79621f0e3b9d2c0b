import { Fields } from './fields.ts'
import { readDocument } from './read-message.ts'
import { findSecretMark, type SecretMark } from './secret-mark.ts'
import { parseSkeleton, viewOf } from './skeleton.ts'

/**
 * The mark of secrecy in a header whose signature was verified before the rest of its package arrived, so that a secret
 * is destroyed early (BR-12). It says whether there is a mark, and reads no message.
 *
 * @param messageHeader Canonical octets from `verifyHead`.
 */
export function findSecretMarkInHead(messageHeader: Uint8Array): SecretMark | undefined {
  const document = parseSkeleton(messageHeader)
  try {
    const header = new Fields(viewOf(document.root))
    return header.text('StatusCode') === undefined
      ? findSecretMark(readDocument({ messageHeader: header }, []))
      : undefined
  } finally {
    document.dispose()
  }
}
