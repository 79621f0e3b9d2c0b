import type { CommandName, CommandTargets } from '../../shapes.ts'
import { t } from '../base/language.ts'
import { Button } from './button.tsx'
import { askCommand } from './command-dialog.tsx'
import { commandIcons } from './command-look.ts'

interface CommandButtonsProps {
  /** What the user may do, the most fitting first. */
  readonly commands: readonly CommandName[]
  readonly targets: CommandTargets
  readonly about?: string
}

export function CommandButtons({ commands, targets, about }: CommandButtonsProps) {
  if (commands.length === 0) return undefined
  return (
    <div class="actions">
      {commands.map((command) => (
        <Button
          key={command}
          small
          icon={commandIcons[command]}
          onClick={() => askCommand({ command, targets, ...(about !== undefined && { about }) })}
        >
          {t(`command.${command}`)}
        </Button>
      ))}
    </div>
  )
}
