import { signal } from '@preact/signals'
import { useId, useState } from 'preact/hooks'
import type { CommandName, CommandPreview, CommandRequest, CommandTargets, Job } from '../../shapes.ts'
import { send } from '../base/http.ts'
import { decisionId, jobs, noteJob } from '../base/jobs.ts'
import { t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { Button } from './button.tsx'
import { commandIcons, isGrave } from './command-look.ts'
import { Dialog } from './dialog.tsx'
import { Effects, LeftOut } from './effects.tsx'
import { JobBody, JobFoot } from './jobs.tsx'
import { Failure, FailureText, Note } from './notes.tsx'

interface Question {
  readonly command: CommandName
  readonly targets: CommandTargets
  /** What it is about, in a few words. */
  readonly about?: string
}

const question = signal<Question | undefined>(undefined)

/** Opens the dialog: what would happen, a reason, and only then the deed. */
export function askCommand(asked: Question): void {
  question.value = asked
}

/** The dialog that is open, if any; the shell shows it. */
export function CommandDialog() {
  const asked = question.value
  if (asked === undefined) return undefined
  return <Ask key={JSON.stringify(asked)} {...asked} />
}

function Ask({ command, targets, about }: Question) {
  const [commandId] = useState(decisionId) // of this dialog: however often one presses, it is one command
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const [state, setState] = useState<{ busy: boolean; error?: unknown; job?: string }>({ busy: false })
  const hint = useId()
  const preview = useResource<CommandPreview>('preview', () => send('POST', '/commands/preview', { command, targets }))
  const close = () => {
    question.value = undefined
  }
  const title = about === undefined ? t(`command.${command}`) : `${t(`command.${command}`)}: ${about}`
  const job = state.job === undefined ? undefined : jobs.value.find(({ id }) => id === state.job)
  if (job !== undefined)
    return (
      <Dialog title={title} onClose={close} foot={<JobFoot job={job} onClose={close} />}>
        <JobBody job={job} />
      </Dialog>
    )

  const missing = reason.trim().length < 3
  const act = async () => {
    setTried(true)
    if (missing) return
    setState({ busy: true })
    try {
      const request: CommandRequest = {
        commandId,
        command,
        targets,
        reason: reason.trim().normalize('NFC'),
        ...(preview.data !== undefined && { seenAt: preview.data.at }),
      }
      const begun = await send<Job>('POST', '/commands', request)
      noteJob(begun)
      setState({ busy: false, job: begun.id })
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  const changes = preview.data?.changes ?? 0
  return (
    <Dialog
      title={title}
      onClose={close}
      foot={
        <>
          <Button onClick={close}>{t('do.cancel')}</Button>
          <Button
            look={isGrave(command) ? 'danger' : 'primary'}
            icon={commandIcons[command]}
            busy={state.busy}
            disabled={changes === 0}
            onClick={() => void act()}
          >
            {t('ask.confirm', { command: t(`command.${command}`), n: changes })}
          </Button>
        </>
      }
    >
      <p>{t(`commandHint.${command}`)}</p>
      <section class="preview" aria-live="polite">
        <h3>{t('ask.preview')}</h3>
        <Preview {...preview} />
      </section>
      <div class="field">
        <label for={`${hint}-reason`}>{t('ask.reason')}</label>
        <textarea
          id={`${hint}-reason`}
          class="input"
          maxLength={500}
          required
          aria-describedby={hint}
          aria-invalid={tried && missing}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <span id={hint} class={tried && missing ? 'wrong' : 'hint'}>
          {tried && missing ? t('ask.reasonMissing') : t('ask.reasonHint')}
        </span>
      </div>
      {state.error !== undefined && (
        <Note tone="bad">
          <div class="strong">{t('ask.failed')}</div>
          <FailureText error={state.error} />
        </Note>
      )}
    </Dialog>
  )
}

interface PreviewProps {
  readonly data: CommandPreview | undefined
  readonly error: unknown
  readonly reload: () => void
}

function Preview({ data, error, reload }: PreviewProps) {
  if (error !== undefined) return <Failure error={error} onRetry={reload} />
  if (data === undefined) return <p class="muted">{t('ask.previewing')}</p>
  return (
    <>
      <p class="strong">
        {data.changes === 0 ? t('ask.nothing') : t('ask.changes', { n: data.changes, total: data.total })}
      </p>
      <LeftOut leftOut={data.leftOut} />
      <Effects effects={data.effects} total={data.total} />
    </>
  )
}
