import { GatewayError } from '../base/index.ts'
import type { Message, ReadingWarning } from '../message/index.ts'
import { assertSignedContent, type SignedContent } from '../signature/index.ts'
import { bussinessOctets } from './bussiness-octets.ts'
import { contentDigest } from './canonical.ts'
import { composeSkeleton } from './compose-skeleton.ts'
import { Fields } from './fields.ts'
import { findSecretMarkIn } from './head-mark.ts'
import { QCVN } from './names.ts'
import { readDocument, readStatus, type SignedParts } from './read-message.ts'
import { readingWarnings } from './reading-warnings.ts'
import { checkRules, secretMarkError } from './rules.ts'
import { requireSchema } from './schema.ts'
import type { SecretMark } from './secret-mark.ts'
import { type ElementView, parseSkeleton, textReader, viewOf } from './skeleton.ts'
import { formOf, requireKnownDialect, requireNoRepetition } from './structure.ts'
import { withLine } from './with-line.ts'

export interface ReadEnvelope {
  readonly message: Message
  readonly warnings: readonly ReadingWarning[]
  /** Lower-case hex, see `contentDigest`. */
  readonly contentDigest: string
}

/**
 * Reads a verified package, tolerantly (edXML notes §4.11), from the octets that were digested and nothing else.
 * Verification must have come first: there is no other way to get a `SignedContent`.
 *
 * @param now For BR-09: the day in Vietnam.
 * @throws {GatewayError} not-edxml: made by a program that follows no sample (TOL-15)
 * @throws {GatewayError} schema-violation: not edXML-shaped; `line` and `path` in the file
 * @throws {GatewayError} element-repeated: a single-valued element stands twice
 * @throws {GatewayError} attachments-incomplete, business-rule-violation, secret-mark: the rules of edXML notes §4.9
 */
export function readEnvelope(content: SignedContent, now: Date): ReadEnvelope {
  assertSignedContent(content)
  const xml = composeSkeleton(content)
  const skeleton = parseSkeleton(xml)
  try {
    const root = viewOf(skeleton.root, textReader(xml))
    const views = partsOf(root)
    const parts = fieldsOf(views)
    requireNoSecretMark(root, findSecretMarkIn(parts, content.attachments))
    requireKnownDialect(root)
    const form = formOf(views.header, content)
    requireSchema(skeleton, 'read', form)
    requireNoRepetition(root, form)
    const message = withLine(root, form, () => {
      const read = form === 'status' ? readStatus(parts.messageHeader) : readDocument(parts, content.attachments)
      return { read, odd: checkRules(read, now) }
    })
    return {
      message: message.read,
      warnings: [...message.odd, ...readingWarnings(message.read, root, content.attachments)],
      contentDigest: contentDigest(
        content.messageHeader,
        bussinessOctets(content.traceHeaderList),
        content.attachments,
      ),
    }
  } finally {
    skeleton.dispose()
  }
}

interface PartViews {
  readonly header: ElementView
  readonly trace: ElementView | undefined
  readonly manifest: ElementView | undefined
}

function partsOf(root: ElementView): PartViews {
  const envelope = root.children[0]
  const [wrapper, body] = envelope?.children ?? []
  const header = childOf(wrapper, 'MessageHeader')
  if (header === undefined) {
    throw new GatewayError('not-edxml', `MessageHeader is not in the namespace ${QCVN}.`, {
      expected: QCVN,
      rule: 'TOL-01',
    })
  }
  return {
    header,
    trace: childOf(wrapper, 'TraceHeaderList'),
    manifest: childOf(body, 'edXMLManifest') ?? childOf(body, 'Manifest'), // TOL-05
  }
}

function childOf(view: ElementView | undefined, name: string): ElementView | undefined {
  return view?.children.find((child) => child.name === name && child.namespace === QCVN)
}

function fieldsOf({ header, trace, manifest }: PartViews): SignedParts {
  return {
    messageHeader: new Fields(header),
    ...(trace === undefined ? {} : { traceHeaderList: new Fields(trace) }),
    ...(manifest === undefined ? {} : { manifest: new Fields(manifest) }),
  }
}

/** BR-12 comes before all that may be wrong. */
function requireNoSecretMark(root: ElementView, mark: SecretMark | undefined): void {
  if (mark === undefined) return
  withLine(root, 'document', () => {
    throw secretMarkError(mark)
  })
}
