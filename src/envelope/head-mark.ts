import { Fields } from './fields.ts'
import { readDocument, type SignedParts } from './read-message.ts'
import { findSecretMark, findSecretMarkOfFiles, type NamedFile, type SecretMark } from './secret-mark.ts'
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
    return findSecretMarkIn({ messageHeader: new Fields(viewOf(document.root)) })
  } finally {
    document.dispose()
  }
}

/**
 * The mark in a package that may be wrong in every other way: a secret is destroyed, whatever else it is refused for.
 * @param attached What stands beside the files themselves may say something else than the manifest does.
 */
export function findSecretMarkIn(
  { messageHeader, traceHeaderList, manifest }: SignedParts,
  attached: readonly NamedFile[] = [],
): SecretMark | undefined {
  if (messageHeader.text('StatusCode') !== undefined) return undefined
  const reason = traceHeaderList?.child('Bussiness')?.text('BussinessDocReason')
  const mark = findSecretMark({
    ...readDocument({ messageHeader }, []),
    bussiness: { bussinessDocType: 'new', ...(reason === undefined ? {} : { bussinessDocReason: reason }) },
    attachments: (manifest?.all('Reference') ?? []).map((reference) => ({
      contentId: '',
      contentType: '',
      description: reference.text('Description') ?? '',
      attachmentName: reference.text('AttachmentName') ?? '',
    })),
  })
  return mark ?? findSecretMarkOfFiles(attached)
}
