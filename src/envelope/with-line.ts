import { GatewayError } from '../base/index.ts'
import type { Message } from '../message/index.ts'
import { pointerOf } from './pointers.ts'
import type { ElementView } from './skeleton.ts'

/** Adds to a broken rule the line of its field; where the field is absent, of what should hold it. */
export function withLine<T>(root: ElementView, form: Message['form'], read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof GatewayError) || typeof error.detail['field'] !== 'string') throw error
    const line = lineOf(root, form, error.detail['field'])
    throw new GatewayError(error.code, `Line ${line}: ${error.message}`, { ...error.detail, line }, { cause: error })
  }
}

function lineOf(root: ElementView, form: Message['form'], pointer: string): number {
  let best = { length: -1, line: root.line }
  const look = (view: ElementView): void => {
    const own = pointerOf(view.path, form)
    const holds = own !== undefined && (pointer === own || pointer.startsWith(`${own}/`))
    if (holds && own.length > best.length) best = { length: own.length, line: view.line }
    view.children.forEach(look)
  }
  look(root)
  return best.line
}
