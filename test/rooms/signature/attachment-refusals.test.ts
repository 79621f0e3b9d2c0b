import { limits } from '../../../src/base/index.ts'
import { edited, QCVN, resigned } from '../../support/packages.ts'
import {
  accepted,
  behind,
  believed,
  inFrontOf,
  put,
  refused,
  refusedThoughSigned,
  signer,
} from '../../support/refusals.ts'

/** The tail is read by a grammar of its own as it streams past: what it lets through must be what an XML reader sees. */
describe('refused for the attachments', () => {
  const CONTENT = /(?<=<ContentTransferEncoded>)[^<]*/
  const content = (text: string) => put(CONTENT, text)
  const first = /<Attachment>[\s\S]*?<\/Attachment>/.exec(accepted)?.[0] ?? ''
  refusedThoughSigned('content that is no base64', 'attachment-damaged', content('!!!!'))
  refusedThoughSigned('content in the alphabet of URLs', 'attachment-damaged', content('-_-_'))
  refusedThoughSigned('content cut within a quantum', 'attachment-damaged', content('QUJDR'))
  refusedThoughSigned('content with too much padding', 'attachment-damaged', content('QUJD===='))
  refusedThoughSigned('content with padding in the middle', 'attachment-damaged', content('QQ==QUJD'))
  refusedThoughSigned('content with stray bits', 'attachment-damaged', content('QUJDRB=='))
  refusedThoughSigned('content that is empty', 'attachment-damaged', content(''))
  refusedThoughSigned('content of white space', 'attachment-damaged', content(' \n '))
  refusedThoughSigned('content written with references', 'unexpected-content', content('QUJD&#81;UJD'))
  refusedThoughSigned('content in CDATA', 'unexpected-content', content('<![CDATA[QUJD]]>'))
  refusedThoughSigned('an element in the content', 'unexpected-content', content('QUJD<x>QUJD</x>'))
  refusedThoughSigned('an element in a name', 'unexpected-content', put(/(?<=<AttachmentName>)[^<]*/, '<x>a</x>'))
  refusedThoughSigned(
    'an unknown element in an attachment',
    'unexpected-content',
    inFrontOf('</Attachment>', '<Path>/etc/passwd</Path>'),
  )
  refusedThoughSigned(
    'an unknown element beside the attachments',
    'unexpected-content',
    inFrontOf('</AttachmentEncoded>', '<Other></Other>'),
  )
  refusedThoughSigned(
    'an element of another namespace',
    'unexpected-content',
    put('<AttachmentName>', '<AttachmentName xmlns="urn:x">'),
  )
  refusedThoughSigned('text between the attachments', 'unexpected-content', inFrontOf('<Attachment>', 'text'))
  refusedThoughSigned('text in an attachment', 'unexpected-content', behind('<Attachment>', 'text'))
  refusedThoughSigned(
    'an attribute of a content',
    'unexpected-content',
    put('<ContentTransferEncoded>', '<ContentTransferEncoded encoding="hex">'),
  )
  refusedThoughSigned(
    'a name twice',
    'unexpected-content',
    behind('<Attachment>', '<AttachmentName>other.exe</AttachmentName>'),
  )
  refusedThoughSigned(
    'two contents',
    'unexpected-content',
    inFrontOf('</Attachment>', '<ContentTransferEncoded>QUJD</ContentTransferEncoded>'),
  )
  refusedThoughSigned(
    'no content',
    'attachments-incomplete',
    put(/<ContentTransferEncoded>[^<]*<\/ContentTransferEncoded>/, ''),
  )
  refusedThoughSigned('no ContentId', 'attachments-incomplete', put(/<ContentId>[^<]*<\/ContentId>/, ''))
  refusedThoughSigned(
    'more attachments than allowed',
    'structure-limit',
    inFrontOf(
      '</AttachmentEncoded>',
      Array.from({ length: limits.attachments - 1 }, (_, i) => first.replaceAll('a-1', `b-${i}`)).join(''),
    ),
  )
  refusedThoughSigned(
    'another Id than the signature names',
    'reference-elsewhere',
    put('<AttachmentEncoded Id="AttachmentEncoded">', '<AttachmentEncoded Id="Other">'),
  )
  refusedThoughSigned(
    'no Id',
    'reference-elsewhere',
    put('<AttachmentEncoded Id="AttachmentEncoded">', '<AttachmentEncoded>'),
  )
  refusedThoughSigned(
    'no attachments at all though they are signed',
    'reference-extra',
    put(/<AttachmentEncoded [\s\S]*<\/AttachmentEncoded>/, ''),
  )
  refused('attachments twice', 'id-not-unique', (text) =>
    edited(text, /<AttachmentEncoded [\s\S]*<\/AttachmentEncoded>/, (one) => one + one),
  )
  refused(
    'attachments twice, the second without Id',
    'unexpected-content',
    inFrontOf('</edXML>\n', '<AttachmentEncoded></AttachmentEncoded>'),
  )
  refused(
    'an element behind the attachments',
    'unexpected-content',
    inFrontOf('</edXML>\n', '<edXML:edXMLEnvelope xmlns:edXML="urn:x"/>'),
  )
  refused('text behind the attachments', 'unexpected-content', inFrontOf('</edXML>\n', 'text'))
  refused('a comment behind the attachments', 'comment-or-instruction', inFrontOf('</edXML>\n', '<!-- x -->'))
  refused('the root closed by another name', 'not-well-formed', put('</edXML>\n', '</edXML:edXML>\n'))
  refused('the root never closed', 'not-well-formed', put('</edXML>\n', ''))
  refused('attachments never closed', 'not-well-formed', put('</AttachmentEncoded>', ''))
  refused('tags that cross', 'not-well-formed', put('</ContentId><AttachmentName>', '<AttachmentName></ContentId>'))
  refused('octets that are not UTF-8 in the attachments', 'encoding-unsupported', (text) => {
    const octets = Buffer.from(text)
    octets[octets.lastIndexOf('công văn')] = 0xff
    return octets
  })
  refused('a document type in the attachments', 'doctype-not-allowed', behind('<Attachment>', '<!DOCTYPE x>'))

  const signed = (edit: (text: string) => string) => (text: string) => resigned(edit(text), signer)
  believed(
    'believed: base64 in lines',
    signed((text) => edited(text, CONTENT, (base64) => base64.replace(/(.{20})/g, '$1\n'))),
  )
  believed(
    'believed: base64 in lines of Windows',
    signed((text) => edited(text, CONTENT, (base64) => base64.replace(/(.{20})/g, '$1\r\n'))),
  )
  believed(
    'believed: attachments with a prefix of their own',
    signed((text) =>
      edited(text, /<AttachmentEncoded[\s\S]*<\/AttachmentEncoded>/, (tail) =>
        tail
          .replace(/<(\/?)(?=[A-Z])/g, '<$1q:')
          .replace('<q:AttachmentEncoded', `<q:AttachmentEncoded xmlns:q="${QCVN}"`),
      ),
    ),
  )
  believed(
    'believed: white space in tags',
    signed((text) => text.replace('<Attachment>', '<Attachment >').replace('</ContentId>', '</ContentId\n>')),
  )
  believed(
    'believed: an empty description',
    signed((text) => edited(text, /<Description>[^<]*<\/Description>/, '<Description/>')),
  )
  believed(
    'believed: an attribute of an attachment, which is signed and which nobody reads',
    signed(put('<Attachment>', '<Attachment paper="1">')),
  )
})
