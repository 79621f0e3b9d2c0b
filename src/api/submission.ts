import type { Request } from 'express'
import { GatewayError, limits } from '../base/index.ts'
import { fileName, mediaType, type Parsed, parsed, parseJson } from '../http/index.ts'
import { type Accepted, type NewAttachment, type NewDocument, Submission } from '../submit/index.ts'
import type { Caller } from './authenticate.ts'
import type { ApiDeps } from './deps.ts'
import { newDocumentShape } from './document-shapes.ts'
import { type Part, partsOf } from './multipart.ts'

type DescribedDocument = Parsed<typeof newDocumentShape>
type DescribedAttachment = NonNullable<DescribedDocument['attachments']>[number]

/**
 * Takes in one multipart submission: the part `document` first, then the files, each streamed into the envelope as it
 * arrives. On any failure, and when the client goes away, nothing of it stays.
 */
export async function takeIn(deps: Pick<ApiDeps, 'submit'>, caller: Caller, request: Request): Promise<Accepted> {
  const idempotencyKey = requireIdempotencyKey(request)
  const parts = partsOf(request)
  let submission: Submission | undefined
  let described: DescribedDocument | undefined
  try {
    described = await documentOf((await parts.next()).value as Part | undefined)
    submission = await Submission.begin(
      deps.submit,
      { client: caller.client, idempotencyKey },
      toSubmit(described, caller),
    )
    const open = [...(described.attachments ?? []).entries()]
    for await (const part of parts) {
      if (part.kind === 'text' || part.name === 'document')
        throw new GatewayError(
          'request-invalid',
          'after the part `document` only files may follow, each with a file name',
          {
            field: `/parts/${part.name}`,
          },
        )
      await submission.attach(attachmentOf(part, takeDescription(open, part.name)), part.content)
    }
    const [unsent] = open
    if (unsent !== undefined)
      throw new GatewayError('request-invalid', 'this attachment is described, but its file was not sent', {
        field: `/attachments/${unsent[0]}`,
      })
    return await submission.finish()
  } catch (error) {
    await submission?.abandon()
    throw inWordsOfTheRequest(error, described)
  } finally {
    await parts.return(undefined)
  }
}

/** Where the package has a field elsewhere than the request, the request's place is named. */
const REQUEST_FIELDS: readonly [inPackage: RegExp, inRequest: string][] = [
  [/^\/bussiness\/staffInfo/, '/staffInfo'],
  [/^\/bussiness\/bussinessDocReason/, '/reason'],
  [/^\/bussiness\/paper/, '/paper'],
  [/^\/otherInfo\/priority/, '/priority'],
  [/^(\/attachments\/\d+)\/attachmentName/, '$1/name'],
]

function inWordsOfTheRequest(error: unknown, described: DescribedDocument | undefined): unknown {
  if (!(error instanceof GatewayError)) return error
  const { field, value } = error.detail
  const unknownRecipient =
    error.code === 'agency-unknown' ? (described?.to.map(String).indexOf(String(value)) ?? -1) : -1
  const named = unknownRecipient >= 0 ? `/to/${unknownRecipient}` : typeof field === 'string' ? field : undefined
  if (named === undefined) return error
  const known = REQUEST_FIELDS.reduce((place, [from, to]) => place.replace(from, to), named)
  return new GatewayError(error.code, error.message, { ...error.detail, field: known }, { cause: error })
}

/** 1 to 200 visible ASCII characters. */
function requireIdempotencyKey(request: Request): string {
  const key = request.get('idempotency-key') ?? ''
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw new GatewayError(
      'idempotency-key-missing',
      'send the header Idempotency-Key: 1 to 200 visible ASCII characters',
      {
        field: '/headers/idempotency-key',
      },
    )
  return key
}

async function documentOf(part: Part | undefined): Promise<DescribedDocument> {
  if (part?.name !== 'document')
    throw new GatewayError(
      'request-invalid',
      'the first part must be `document`, the JSON that describes what follows',
      {
        field: '/parts/document',
      },
    )
  const text = part.kind === 'text' ? part.text : await textOf(part.content)
  return parsed(newDocumentShape, parseJson(text, '/parts/document'), '')
}

/** A client that sends its JSON as a file part is understood too. */
async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let octets = 0
  for await (const piece of content) {
    octets += piece.length
    if (octets > limits.jsonBytes)
      throw new GatewayError('request-too-large', `the part may have ${limits.jsonBytes} octets`, {
        field: '/parts/document',
      })
    pieces.push(piece)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (cause) {
    throw new GatewayError('request-invalid', 'the part is not UTF-8', { field: '/parts/document' }, { cause })
  }
}

function toSubmit(described: DescribedDocument, { agency }: Caller): NewDocument {
  const document = { ...described, from: agency }
  delete document.attachments
  return document
}

/** The description that names this part, otherwise the next one that names none; it is used up. */
function takeDescription(open: [number, DescribedAttachment][], part: string): DescribedAttachment | undefined {
  const named = open.findIndex(([, description]) => description.part === part)
  const at = named >= 0 ? named : open.findIndex(([, description]) => description.part === undefined)
  return at < 0 ? undefined : open.splice(at, 1)[0]?.[1]
}

/** What JSON says wins; what it leaves out, the part's own headers say. */
function attachmentOf(
  part: Extract<Part, { kind: 'file' }>,
  described: DescribedAttachment | undefined,
): NewAttachment {
  const at = `/parts/${part.name}`
  const name = described?.name ?? parsed(fileName, part.fileName.replaceAll('%22', '"'), `${at}/filename`)
  const contentType = described?.contentType ?? parsed(mediaType, part.contentType, `${at}/content-type`)
  return { name, contentType, ...(described?.description === undefined ? {} : { description: described.description }) }
}
