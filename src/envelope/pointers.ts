import type { Message } from '../message/index.ts'

/**
 * JSON pointer into the message for an element of the package, so that an error found in XML names the field that the
 * caller knows: `/edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[2]/OrganName` is `/to/1/organName`.
 * @param path Local names, with 1-based positions where a name is repeated.
 * @returns undefined outside the four parts that a message is made of.
 */
export function pointerOf(path: string, form: Message['form']): string | undefined {
  const steps = path.split('/').filter((step) => step !== '')
  const part = steps.findIndex((step) => parts.has(step))
  if (part < 0) return undefined
  return steps
    .slice(part + 1)
    .map((step, index) => pointerStep(steps[part + index] ?? '', step, form))
    .join('')
}

const parts: ReadonlySet<string> = new Set(['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded'])

/** Repeated elements and the name under which the message lists them; '' where the parent has given it already. */
const items: Readonly<Record<string, string>> = {
  'MessageHeader/To': '/to',
  'MessageHeader/ResponseFor': '/responseFor',
  'TraceHeaderList/TraceHeader': '/traceHeaders',
  'edXMLManifest/Reference': '/attachments',
  'Manifest/Reference': '/attachments',
  'AttachmentEncoded/Attachment': '/attachments',
  'OrganIdList/OrganId': '/organIds',
  'ToPlaces/Place': '',
  'Appendixes/Appendix': '',
  'ResponseForTask/TaskCode': '',
  'ReplyFors/ReplyFor': '',
  'ReferenceCodes/ReferenceCode': '',
  'ReceiverList/Receiver': '',
  'ReplacementInfoList/ReplacementInfo': '',
}

/** Whether an element may stand more than once in its parent. All others may not (element-repeated). */
export function mayRepeat(parent: string, name: string, form: Message['form']): boolean {
  const isItem = Object.hasOwn(items, `${parent}/${name}`)
  return isItem && !(form === 'status' && name === 'ResponseFor')
}

/** Elements that exist in XML only. */
const wrappers: ReadonlySet<string> = new Set(['edXMLManifest', 'Manifest', 'OrganIdList'])

function pointerStep(parentStep: string, step: string, form: Message['form']): string {
  const { name = '', position = '1' } = /^(?<name>[^[]+)(\[(?<position>\d+)\])?$/.exec(step)?.groups ?? {}
  const parent = parentStep.replace(/\[.*/, '')
  if (wrappers.has(name)) return ''
  if (mayRepeat(parent, name, form)) return `${items[`${parent}/${name}`] ?? ''}/${Number(position) - 1}`
  return `/${name.charAt(0).toLowerCase()}${name.slice(1)}`
}
