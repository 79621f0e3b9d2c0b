import { z } from 'zod'

export const deliveryCommands = ['resend', 'hold', 'release', 'expire'] as const
export const quarantineCommands = ['redrive', 'discard'] as const
export const partnerCommands = ['pause', 'resume', 'close-circuit'] as const
export const commandNames = [...deliveryCommands, ...quarantineCommands, ...partnerCommands] as const

export const commandNameShape = z.enum(commandNames).meta({
  id: 'CommandName',
  description:
    'Deliveries: resend (gửi lại, same id), hold (tạm giữ), release (cho gửi tiếp), expire (kết thúc). ' +
    'Quarantine: redrive (đưa vào xử lý lại), discard (hủy). Partners: pause (tạm dừng), resume (tiếp tục), close-circuit (đóng ngắt mạch).',
})
export type CommandName = z.output<typeof commandNameShape>
