import { ParseOption, XmlDocument, XmlLibError } from 'libxml2-wasm'
import { GatewayError } from '../base/index.ts'

/** Limits are ours and were kept before libxml2 sees the text, so its own smaller ones are lifted; nothing is fetched. */
const OPTIONS = ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE

/** Parses, or says where the text stops being XML. The caller disposes of the document. */
export function parseXml(octets: Uint8Array, option: ParseOption = OPTIONS): XmlDocument {
  try {
    return XmlDocument.fromBuffer(octets, { option })
  } catch (cause) {
    const first = cause instanceof XmlLibError ? cause.details[0] : undefined
    throw new GatewayError(
      'not-well-formed',
      `The package is not well-formed XML: ${first?.message.trim() ?? 'it cannot be parsed'}.`,
      { line: first?.line },
      { cause },
    )
  }
}

/** libxml2 is the one judge of what is XML; nothing else of its tree is needed here. */
export function requireWellFormed(octets: Uint8Array): void {
  parseXml(octets, OPTIONS | ParseOption.XML_PARSE_NOBLANKS | ParseOption.XML_PARSE_COMPACT).dispose() // a smaller tree
}
