import { useEffect } from 'preact/hooks'
import type { Job, JobDetail } from '../../shapes.ts'
import { formatTime } from '../base/dates.ts'
import { get, send } from '../base/http.ts'
import { isOver, jobs, noteJob, openJob } from '../base/jobs.ts'
import { either, formatNumber, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { formatOctets } from '../base/sizes.ts'
import { Badge, type Tone } from './badge.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Effects, LeftOut } from './effects.tsx'
import type { IconName } from './icon.tsx'
import { Note } from './notes.tsx'
import { Popover } from './popover.tsx'
import { Time } from './time.tsx'

const looks: Readonly<Record<Job['state'], readonly [Tone, IconName]>> = {
  waiting: ['wait', 'clock'],
  running: ['wait', 'again'],
  done: ['ok', 'done'],
  failed: ['bad', 'refused'],
  cancelled: ['plain', 'close'],
}

function JobBadge({ state }: { readonly state: Job['state'] }) {
  const [tone, icon] = looks[state]
  return (
    <Badge tone={tone} icon={icon}>
      {t(`job.state.${state}`)}
    </Badge>
  )
}

/** What is under way, from any page and after a reload. */
export function JobTray() {
  const all = jobs.value
  const running = all.filter((job) => !isOver(job)).length
  if (all.length === 0) return undefined
  return (
    <Popover
      icon={running > 0 ? 'again' : 'clock'}
      look="quiet"
      label={running > 0 ? `${t('job.tray')}: ${t('job.running', { n: running })}` : t('job.tray')}
      {...(running > 0 && { text: formatNumber(running) })}
    >
      {(close) => (
        <>
          <div class="popover-head">{t('job.tray')}</div>
          {all.slice(0, 8).map((job) => (
            <button
              key={job.id}
              type="button"
              class="button quiet small job-line"
              onClick={() => {
                close()
                openJob.value = job.id
              }}
            >
              <JobBadge state={job.state} />
              <span class="two-lines">{either(job.title)}</span>
            </button>
          ))}
        </>
      )}
    </Popover>
  )
}

/** The job that was chosen in the tray. */
export function JobDialog() {
  const job = jobs.value.find(({ id }) => id === openJob.value)
  if (job === undefined) return undefined
  const close = () => {
    openJob.value = undefined
  }
  return (
    <Dialog title={either(job.title)} onClose={close} foot={<JobFoot job={job} onClose={close} />}>
      <JobBody job={job} />
    </Dialog>
  )
}

export function JobBody({ job }: { readonly job: Job }) {
  const detail = useResource<JobDetail>(`job ${job.id} ${job.state}`, (signal) => get(`/jobs/${job.id}`, {}, signal))
  const { data } = detail
  useEffect(() => {
    if (data !== undefined && isOver(data) && !isOver(job)) noteJob(data) // the feed may have been closed
  }, [data])
  return (
    <>
      <div class="job-state" role="status">
        <JobBadge state={job.state} />
        <span>
          {job.total === undefined
            ? t('job.progressOpen', { done: job.done })
            : t('job.progress', { done: job.done, total: job.total })}
          {job.changed !== undefined && ` · ${t('job.changed', { n: job.changed })}`}
        </span>
      </div>
      {!isOver(job) && (
        <>
          <progress
            class="progress"
            aria-label={either(job.title)}
            {...(job.total === undefined ? {} : { value: job.done, max: Math.max(1, job.total) })}
          />
          <p class="small muted">{t('job.goesOn')}</p>
        </>
      )}
      {job.cause !== undefined && (
        <Note tone="bad">
          <div class="strong">{either(job.cause)}</div>
          <p>{either(job.cause.remedy)}</p>
          {job.message !== undefined && <p class="small break">{job.message}</p>}
        </Note>
      )}
      {job.file !== undefined && (
        <Note tone="ok" icon="file">
          <a href={job.file.href} download={job.file.name}>
            {t('job.file', { name: job.file.name })}
          </a>{' '}
          <span class="muted small">
            {formatOctets(job.file.octets)} · {t('job.fileUntil', { time: formatTime(job.file.until) })}
          </span>
        </Note>
      )}
      {data?.leftOut !== undefined && <LeftOut leftOut={data.leftOut} />}
      {data?.effects !== undefined && <Effects effects={data.effects} total={job.total ?? job.done} />}
      <dl class="pairs small">
        {job.reason !== undefined && (
          <>
            <dt>{t('ask.reason')}</dt>
            <dd>{job.reason}</dd>
          </>
        )}
        <dt>{t('job.by')}</dt>
        <dd>
          {job.by} · <Time at={job.createdAt} as="exact" />
        </dd>
      </dl>
    </>
  )
}

export function JobFoot({ job, onClose }: { readonly job: Job; readonly onClose: () => void }) {
  return (
    <>
      {!isOver(job) && job.kind !== 'audit-check' && (
        <Button look="quiet" onClick={() => void send<Job>('POST', `/jobs/${job.id}/cancel`).then(noteJob)}>
          {t('job.cancel')}
        </Button>
      )}
      <Button look="primary" onClick={onClose}>
        {t('do.close')}
      </Button>
    </>
  )
}
