import { useState } from 'preact/hooks'
import type { User, UserList, UserWithPassword } from '../../shapes.ts'
import { get, send } from '../base/http.ts'
import { compare, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { currentSession } from '../base/session.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Failure, FailureText, Loading, Note } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Time } from '../parts/time.tsx'
import { UserDialog } from './user-dialog.tsx'

type Open =
  | { readonly what: 'edit'; readonly user: User | undefined }
  | { readonly what: 'reset'; readonly user: User }
  | { readonly what: 'password'; readonly made: UserWithPassword }

/** Người dùng: who may come in, in which role, for which agency. */
export function UsersPage() {
  const { data, error, reload } = useResource<UserList>('users', (signal) => get('/users', {}, signal))
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const showPassword = (made: UserWithPassword) => {
    reload()
    setOpen({ what: 'password', made })
  }
  return (
    <div class="page">
      <PageHead title={t('nav.users')} lead={t('users.lead')}>
        <Button look="primary" icon="user" onClick={() => setOpen({ what: 'edit', user: undefined })}>
          {t('users.add')}
        </Button>
      </PageHead>
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined && <Loading />
      ) : (
        <UserTable
          users={[...data.items].sort((a, b) => compare(a.displayName, b.displayName))}
          onEdit={(user) => setOpen({ what: 'edit', user })}
          onReset={(user) => setOpen({ what: 'reset', user })}
        />
      )}
      {open?.what === 'edit' && (
        <UserDialog
          user={open.user}
          onClose={close}
          onMade={showPassword}
          onChanged={() => {
            close()
            reload()
          }}
        />
      )}
      {open?.what === 'reset' && <ResetDialog user={open.user} onClose={close} onReset={showPassword} />}
      {open?.what === 'password' && <PasswordDialog made={open.made} onClose={close} />}
    </div>
  )
}

interface UserTableProps {
  readonly users: readonly User[]
  readonly onEdit: (user: User) => void
  readonly onReset: (user: User) => void
}

function UserTable({ users, onEdit, onReset }: UserTableProps) {
  const self = currentSession().user.id
  return (
    <section class="card">
      <div class="plain-scroll">
        <table class="plain-table stacks">
          <thead>
            <tr>
              <th scope="col">{t('users.displayName')}</th>
              <th scope="col">{t('users.grants')}</th>
              <th scope="col">{t('users.state')}</th>
              <th scope="col">{t('users.lastLogin')}</th>
              <th scope="col">
                <span class="hidden">{t('users.edit')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr key={user.id}>
                <td data-label={t('users.displayName')}>
                  <span>
                    <span class="strong">{user.displayName}</span>
                    <span class="small muted block">{user.name}</span>
                  </span>
                </td>
                <td data-label={t('users.grants')}>
                  <ul>
                    {user.grants.map(({ role, agency }) => (
                      <li key={`${role} ${agency}`}>
                        {t(`role.${role}`)}{' '}
                        <span class="muted">· {agency === '*' ? t('users.allAgencies') : agency}</span>
                      </li>
                    ))}
                  </ul>
                </td>
                <td data-label={t('users.state')}>
                  <UserState user={user} />
                </td>
                <td data-label={t('users.lastLogin')}>
                  {user.lastLoginAt === undefined ? (
                    <span class="muted">{t('users.never')}</span>
                  ) : (
                    <Time at={user.lastLoginAt} as="ago" />
                  )}
                </td>
                <td>
                  <div class="actions">
                    <Button small onClick={() => onEdit(user)}>
                      {t('users.edit')}
                      <span class="hidden"> {user.name}</span>
                    </Button>
                    {user.local && user.id !== self && (
                      <Button small look="quiet" icon="key" onClick={() => onReset(user)}>
                        {t('users.reset')}
                        <span class="hidden"> {user.name}</span>
                      </Button>
                    )}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function UserState({ user }: { readonly user: User }) {
  if (user.disabled)
    return (
      <Badge tone="bad" icon="close">
        {t('users.disabled')}
      </Badge>
    )
  if (user.mustChangePassword)
    return (
      <Badge tone="warn" icon="key">
        {t('users.mustChange')}
      </Badge>
    )
  return (
    <Badge tone="ok" icon="done">
      {t('users.active')}
    </Badge>
  )
}

interface ResetProps {
  readonly user: User
  readonly onClose: () => void
  readonly onReset: (made: UserWithPassword) => void
}

function ResetDialog({ user, onClose, onReset }: ResetProps) {
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })
  const reset = async () => {
    setState({ busy: true })
    try {
      onReset(await send<UserWithPassword>('POST', `/users/${user.id}/reset`))
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  return (
    <Dialog
      title={t('users.reset')}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('do.cancel')}</Button>
          <Button look="danger" icon="key" busy={state.busy} onClick={() => void reset()}>
            {t('users.reset')}
          </Button>
        </>
      }
    >
      <p>{t('users.resetAsk', { name: user.name })}</p>
      {state.error !== undefined && (
        <Note tone="bad">
          <FailureText error={state.error} />
        </Note>
      )}
    </Dialog>
  )
}

function PasswordDialog({ made, onClose }: { readonly made: UserWithPassword; readonly onClose: () => void }) {
  return (
    <Dialog
      title={t('users.oneTime')}
      onClose={onClose}
      foot={
        <Button look="primary" onClick={onClose}>
          {t('do.close')}
        </Button>
      }
    >
      <p class="one-time">{made.oneTimePassword}</p>
      <p>{t('users.oneTimeHint', { name: made.user.name })}</p>
    </Dialog>
  )
}
