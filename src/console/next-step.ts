import type { DeliveryDetail, InboxRecord } from '../store/index.ts'
import type { NextStep } from './shapes-documents.ts'
import type { CommandName } from './shapes-names.ts'
import { instantIf, iso, text } from './words.ts'

/** What is expected next of a delivery, of whom, and until when. */
export function nextStepOf(delivery: DeliveryDetail): NextStep {
  const { state, kind, nextAttemptAt, deadlineAt, lastError } = delivery
  const open = { ...instantIf('at', nextAttemptAt), deadlineAt: iso(deadlineAt) }
  switch (state) {
    case 'accepted':
      return lastError === null
        ? { step: 'send', by: 'gateway', text: text('Gửi lên trục', 'To be sent to the axis'), ...open }
        : { step: 'send', by: 'gateway', text: text('Tự gửi lại', 'To be sent again by itself'), ...open }
    case 'sent':
      if (kind === 'receipt') return NOTHING
      return {
        step: 'receipt',
        by: 'partner',
        text: text(
          'Bên nhận ký biên nhận; chưa có thì hỏi và gửi lại',
          'The recipient signs a receipt; until then it is asked and sent again',
        ),
        ...open,
      }
    case 'held':
      return {
        step: 'repair',
        by: 'operator',
        text: text('Khắc phục nguyên nhân rồi cho gửi tiếp', 'Repair the cause, then release it'),
        deadlineAt: iso(deadlineAt),
      }
    case 'rejected':
      return {
        step: 'repair',
        by: 'operator',
        text: text(
          'Đọc lý do từ chối; sửa rồi gửi văn bản mới, hoặc gửi lại',
          'Read the refusal; correct and submit anew, or resend',
        ),
      }
    case 'expired':
      return {
        step: 'repair',
        by: 'operator',
        text: text('Liên hệ bên nhận rồi gửi lại', 'Ask the recipient, then resend'),
      }
    case 'received':
      return NOTHING
  }
}

/** What is expected of the agency's own system. */
export function nextOfInbox({ state, leaseUntil }: InboxRecord): NextStep {
  if (state === 'waiting')
    return { step: 'fetch', by: 'system', text: text('Hệ thống của cơ quan đến lấy', 'The agency’s system fetches it') }
  if (state === 'leased')
    return {
      step: 'confirm',
      by: 'system',
      text: text('Hệ thống của cơ quan xác nhận đã lưu', 'The agency’s system confirms that it is stored'),
      ...(leaseUntil === undefined ? {} : { at: leaseUntil.toISOString() }),
    }
  return NOTHING
}

const NOTHING: NextStep = { step: 'none', by: 'nobody', text: text('Đã xong', 'Nothing: it is done') }

/** What may be ordered for a delivery in this state. */
export function commandsFor({ state, kind }: DeliveryDetail): CommandName[] {
  if (kind === 'receipt') return []
  if (state === 'accepted') return ['hold', 'expire']
  if (state === 'sent') return ['resend', 'hold', 'expire']
  if (state === 'held') return ['release', 'expire']
  if (state === 'rejected' || state === 'expired') return ['resend']
  return []
}
