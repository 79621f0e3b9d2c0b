import { t } from '../base/language.ts'
import { go } from '../base/router.ts'
import { currentSession, signOut } from '../base/session.ts'
import { Button } from './button.tsx'
import { Popover } from './popover.tsx'

export function UserMenu() {
  const { user } = currentSession()
  const roles = [...new Set(user.grants.map(({ role }) => role))]
  return (
    <Popover icon="user" look="quiet" label={`${t('user.menu')}: ${user.name}`}>
      {(close) => (
        <>
          <div class="popover-head">
            <div class="strong">{user.displayName}</div>
            <div>
              {user.name} · {roles.map((role) => t(`role.${role}`)).join(', ')}
            </div>
          </div>
          {user.local && (
            <Button
              look="quiet"
              small
              icon="key"
              onClick={() => {
                close()
                go('/mat-khau')
              }}
            >
              {t('password.title')}
            </Button>
          )}
          <Button look="quiet" small icon="leave" onClick={() => void signOut()}>
            {t('user.signOut')}
          </Button>
        </>
      )}
    </Popover>
  )
}
