import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { t } from '../base/language.ts'
import { Button } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  readonly foot: ComponentChildren
  readonly onClose: () => void
}

/** The browser's own modal dialog: the page behind is inert, Escape closes, the focus comes back. */
export function Dialog({ title, children, foot, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    if (dialog !== null && !dialog.open) dialog.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      class="dialog"
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <div class="dialog-frame">
        <div class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <Button look="quiet" small icon="close" label={t('do.close')} onClick={onClose} />
        </div>
        <div class="dialog-body">{children}</div>
        <div class="dialog-foot">{foot}</div>
      </div>
    </dialog>
  )
}
