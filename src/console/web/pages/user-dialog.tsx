import { useState } from 'preact/hooks'
import type { Grant, NewUser, User, UserChange, UserWithPassword } from '../../shapes.ts'
import { send } from '../base/http.ts'
import { t } from '../base/language.ts'
import { currentSession } from '../base/session.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Select, TextField } from '../parts/field.tsx'
import { FailureText, Note } from '../parts/notes.tsx'

const roles = ['viewer', 'operator', 'auditor', 'administrator'] as const

interface UserDialogProps {
  /** Absent: a new one. */
  readonly user: User | undefined
  readonly onClose: () => void
  readonly onMade: (made: UserWithPassword) => void
  readonly onChanged: () => void
}

export function UserDialog({ user, onClose, onMade, onChanged }: UserDialogProps) {
  const [name, setName] = useState(user?.name ?? '')
  const [displayName, setDisplayName] = useState(user?.displayName ?? '')
  const [grants, setGrants] = useState<readonly Grant[]>(user?.grants ?? [{ role: 'viewer', agency: '*' }])
  const [disabled, setDisabled] = useState(user?.disabled ?? false)
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })
  const named = displayName.trim() === '' ? {} : { displayName: displayName.trim().normalize('NFC') }
  const save = async () => {
    setState({ busy: true })
    try {
      if (user === undefined) {
        const wanted: NewUser = { name: name.trim(), ...named, grants: [...grants] }
        onMade(await send<UserWithPassword>('POST', '/users', wanted))
      } else {
        const change: UserChange = { ...named, grants: [...grants], disabled }
        await send<User>('PUT', `/users/${user.id}`, change)
        onChanged()
      }
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  return (
    <Dialog
      title={user === undefined ? t('users.add') : `${t('users.edit')}: ${user.name}`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('do.cancel')}</Button>
          <Button look="primary" busy={state.busy} disabled={grants.length === 0} onClick={() => void save()}>
            {t('do.save')}
          </Button>
        </>
      }
    >
      {user === undefined && (
        <TextField label={t('users.name')} hint={t('users.nameHint')} value={name} required onChange={setName} />
      )}
      <TextField label={t('users.displayName')} value={displayName} onChange={setDisplayName} />
      <fieldset class="plain-fieldset stack">
        <legend class="strong">{t('users.grants')}</legend>
        {grants.map((grant, index) => (
          <GrantLine
            key={index}
            grant={grant}
            onChange={(changed) => setGrants(grants.with(index, changed))}
            onRemove={() => setGrants(grants.toSpliced(index, 1))}
          />
        ))}
        <div>
          <Button small onClick={() => setGrants([...grants, { role: 'viewer', agency: '*' }])}>
            {t('users.addGrant')}
          </Button>
        </div>
      </fieldset>
      {user !== undefined && user.id !== currentSession().user.id && (
        <label class="check">
          <input type="checkbox" checked={disabled} onChange={() => setDisabled(!disabled)} />
          {t('users.disable')}
        </label>
      )}
      {state.error !== undefined && (
        <Note tone="bad">
          <FailureText error={state.error} />
        </Note>
      )}
    </Dialog>
  )
}

interface GrantLineProps {
  readonly grant: Grant
  readonly onChange: (grant: Grant) => void
  readonly onRemove: () => void
}

function GrantLine({ grant, onChange, onRemove }: GrantLineProps) {
  const { agencies } = currentSession().gateway
  return (
    <div>
      <div class="grant">
        <Select
          label={t('users.role')}
          value={grant.role}
          options={roles.map((role) => [role, t(`role.${role}`)] as const)}
          onChange={(role) => onChange({ ...grant, role: roles.find((one) => one === role) ?? 'viewer' })}
        />
        <Select
          label={t('users.agency')}
          value={grant.agency}
          options={[
            ['*', t('users.allAgencies')],
            ...agencies.map(({ code, name }) => [code, `${name} (${code})`] as const),
          ]}
          onChange={(agency) => onChange({ ...grant, agency: agency as Grant['agency'] })}
        />
        <Button look="quiet" icon="close" label={t('users.removeGrant')} onClick={onRemove} />
      </div>
      <p class="small muted">{t(`roleHint.${grant.role}`)}</p>
    </div>
  )
}
