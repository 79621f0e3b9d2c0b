import { useEffect, useId, useState } from 'preact/hooks'
import { formatWireDay, parseDay } from '../base/dates.ts'
import { t } from '../base/language.ts'

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly onChange: (value: string) => void
  readonly disabled?: boolean
}

export function Select({ label, value, options, onChange, disabled }: SelectProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

interface DayProps {
  readonly label: string
  /** `2026-11-21`, or empty. */
  readonly value: string
  readonly onChange: (value: string) => void
}

/** `21/11/2026`, typed, in every browser: its own picker would write the day as the browser's language does. */
export function DayField({ label, value, onChange }: DayProps) {
  const id = useId()
  const [typed, setTyped] = useState(formatWireDay(value))
  const [wrong, setWrong] = useState(false)
  useEffect(() => {
    setTyped(formatWireDay(value))
    setWrong(false)
  }, [value])
  const take = () => {
    const day = parseDay(typed)
    setWrong(day === undefined)
    if (day !== undefined && day !== value) onChange(day)
  }
  return (
    <div class="field day">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        inputMode="numeric"
        placeholder={t('filter.dayForm')}
        maxLength={10}
        aria-invalid={wrong}
        aria-describedby={`${id}-hint`}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take()
        }}
      />
      <span id={`${id}-hint`} class={wrong ? 'wrong' : 'hidden'}>
        {wrong ? t('filter.dayWrong') : t('filter.dayForm')}
      </span>
    </div>
  )
}

interface SearchProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly onSearch: (value: string) => void
}

/** Searches when the typing rests; what is typed is NFC, as the gateway keeps it. */
const REST_MS = 300

export function SearchField({ label, hint, value, onSearch }: SearchProps) {
  const id = useId()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onSearch(typed.normalize('NFC')), REST_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div class="field wide">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="search"
        placeholder={hint}
        value={typed}
        maxLength={200}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onSearch(typed.normalize('NFC'))
        }}
      />
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  readonly wrong?: string | undefined
  readonly required?: boolean
  readonly pattern?: string
  readonly name?: string
  /** What the browser may fill in (HTML, autofill). `…-password`: what is typed is not shown. */
  readonly autocomplete?: 'username' | 'current-password' | 'new-password'
}

const SECRET = { type: 'password' } as const
const SHOWN = { type: 'text' } as const

export function TextField(props: TextProps) {
  const { label, value, onChange, hint, wrong, required, pattern, name, autocomplete } = props
  const id = useId()
  const note = wrong ?? hint
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        {...(autocomplete?.endsWith('password') === true ? SECRET : SHOWN)}
        name={name}
        value={value}
        required={required}
        pattern={pattern}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={note === undefined ? undefined : `${id}-hint`}
        aria-invalid={wrong !== undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {note !== undefined && (
        <span id={`${id}-hint`} class={wrong === undefined ? 'hint' : 'wrong'}>
          {note}
        </span>
      )}
    </div>
  )
}
