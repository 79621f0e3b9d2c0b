import { language, speak, t } from '../base/language.ts'
import { chooseTheme, shownTheme, type Theme, theme } from '../base/theme.ts'
import { Button } from './button.tsx'
import { Popover } from './popover.tsx'

/** One button: the other language, named in itself. */
export function LanguageMenu() {
  const other = language.value === 'vi' ? 'en' : 'vi'
  return (
    <button
      class="button quiet"
      type="button"
      lang={other}
      title={other === 'en' ? 'English' : 'Tiếng Việt'}
      onClick={() => speak(other)}
    >
      {other === 'en' ? 'EN' : 'VI'}
      <span class="hidden">{other === 'en' ? 'English' : 'Tiếng Việt'}</span>
    </button>
  )
}

const choices: readonly Theme[] = ['auto', 'light', 'dark']

export function ThemeMenu() {
  return (
    <Popover icon={shownTheme.value === 'dark' ? 'moon' : 'sun'} look="quiet" label={t('theme.label')}>
      {(close) =>
        choices.map((choice) => (
          <Button
            key={choice}
            look="quiet"
            small
            icon={theme.value === choice ? 'check' : choice === 'dark' ? 'moon' : 'sun'}
            onClick={() => {
              chooseTheme(choice)
              close()
            }}
          >
            {t(`theme.${choice}`)}
          </Button>
        ))
      }
    </Popover>
  )
}
