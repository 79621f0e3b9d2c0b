import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import type { IconName } from './icon.tsx'

interface PopoverProps {
  readonly icon: IconName
  readonly label: string
  /** Beside the icon; without it the label is only heard. */
  readonly text?: string
  readonly look?: 'quiet'
  readonly children: ComponentChildren | ((close: () => void) => ComponentChildren)
}

/** A button with a small panel; Escape and a click elsewhere close it, and the focus goes back to the button. */
export function Popover({ icon, label, text, look, children }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const close = () => {
    setOpen(false)
    place.current?.querySelector<HTMLElement>(':scope > button')?.focus()
  }
  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false)
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close()
    }
    addEventListener('pointerdown', outside)
    addEventListener('focusin', outside)
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('focusin', outside)
      removeEventListener('keydown', onKey)
    }
  }, [open])
  return (
    <div class="popover" ref={place}>
      <Button
        icon={icon}
        {...(look !== undefined && { look })}
        label={label}
        expanded={open}
        onClick={() => setOpen(!open)}
      >
        {text}
      </Button>
      {open && <div class="popover-panel">{typeof children === 'function' ? children(close) : children}</div>}
    </div>
  )
}
