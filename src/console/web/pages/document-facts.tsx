import type { ComponentChildren } from 'preact'
import type { DocumentView } from '../../shapes.ts'
import { formatTime, formatWireDay } from '../base/dates.ts'
import { apiAddress } from '../base/http.ts'
import { either, t } from '../base/language.ts'
import { formatOctets } from '../base/sizes.ts'
import { Badge } from '../parts/badge.tsx'
import { Note } from '../parts/notes.tsx'

interface OfDocument {
  readonly document: DocumentView
}

/** What the signed package says of itself, in the words of QCVN 102:2016. */
export function FactsCard({ document }: OfDocument) {
  const { message } = document
  const said = message?.form === 'document' ? message : undefined
  const { signerInfo, documentType, promulgationInfo, otherInfo } = said ?? {}
  const staff = said?.bussiness.staffInfo
  const priority = ['0', '1', '2', '3', '4'].includes(otherInfo?.priority ?? '')
    ? t(`priority.${(otherInfo?.priority ?? '0') as '0' | '1' | '2' | '3' | '4'}`)
    : otherInfo?.priority
  return (
    <section class="card" aria-labelledby="facts">
      <div class="card-head">
        <h2 id="facts">{t('facts.title')}</h2>
      </div>
      <div class="card-body stack">
        <dl class="pairs">
          <Fact label={t('facts.documentId')}>
            <code>{document.documentId}</code>
          </Fact>
          <Fact label={t('facts.promulgated')}>
            {[formatWireDay(document.promulgationDate), promulgationInfo?.place].filter(Boolean).join(', ')}
          </Fact>
          <Fact label={t('facts.type')}>{documentType?.typeName}</Fact>
          <Fact label={t('facts.signer')}>
            {[signerInfo?.competence, signerInfo?.position, signerInfo?.fullName].filter(Boolean).join(' ')}
          </Fact>
          <Fact label={t('facts.from')}>{said?.from.organName ?? document.sender.name}</Fact>
          <Fact label={t('facts.to')}>{said?.to.map(({ organName, organId }) => organName ?? organId).join('; ')}</Fact>
          <Fact label={t('facts.priority')}>{priority}</Fact>
          <Fact label={t('facts.due')}>{said?.dueDate === undefined ? undefined : formatWireDay(said.dueDate)}</Fact>
          <Fact label={t('facts.pages')}>{otherInfo?.pageAmount}</Fact>
          <Fact label={t('facts.answers')}>
            {said?.responseFor.map(({ code, documentId }) => code ?? documentId).join('; ')}
          </Fact>
          <Fact label={t('facts.content')}>{said?.content}</Fact>
          <Fact label={t('facts.staff')}>
            {[staff?.staff, staff?.department, staff?.email, staff?.mobile].filter(Boolean).join(' · ')}
          </Fact>
          <Fact label={t('facts.octets')}>{formatOctets(document.octets)}</Fact>
          <Fact label={t('facts.sha256')}>
            <code>{document.sha256}</code>
          </Fact>
        </dl>
        {message === undefined && <Note tone="plain">{t('facts.noContent')}</Note>}
      </div>
    </section>
  )
}

/** Nothing for what the package does not say. */
function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  if (children === undefined || children === '' || children === null) return undefined
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** A refusal is seen at once; the rest are steps of the work. */
function toneOf(code: string): 'bad' | 'ok' | 'plain' {
  if (code === '02' || code === '16') return 'bad'
  return code === '06' || code === '01' ? 'ok' : 'plain'
}

export function StatusesCard({ statuses }: Pick<DocumentView, 'statuses'>) {
  if (statuses.length === 0) return undefined
  return (
    <section class="card" aria-labelledby="statuses">
      <div class="card-head">
        <h2 id="statuses">{t('statuses.title')}</h2>
      </div>
      <ul class="lines">
        {statuses.map((status) => (
          <li key={status.id} class="line">
            <Badge tone={toneOf(status.code)} icon={toneOf(status.code) === 'bad' ? 'refused' : 'file'}>
              {status.code}
            </Badge>
            <span class="line-text">
              <span class="strong">{either(status.text)}</span>
              {status.description !== undefined && <span>{status.description}</span>}
              <span class="small muted">
                {status.counterpart.name} · {t('statuses.reported', { time: reportedTime(status.reportedAt) })} ·{' '}
                {t('statuses.recorded', { time: formatTime(status.recordedAt, true) })}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** `2026/11/21 22:05:09` as the reporter wrote it, Vietnam time. */
function reportedTime(text: string): string {
  const [day = '', clock = ''] = text.split(' ')
  return `${formatWireDay(day)} ${clock}`.trim()
}

export function ReceiptsCard({ document }: OfDocument) {
  const { receipts, direction, id } = document
  if (direction === 'in' && receipts.length === 0) return undefined
  return (
    <section class="card" aria-labelledby="receipts">
      <div class="card-head">
        <h2 id="receipts">{t('receipts.title')}</h2>
      </div>
      {receipts.length === 0 ? (
        <p class="card-body muted">{t('receipts.none')}</p>
      ) : (
        <ul class="lines">
          {receipts.map((receipt) => (
            <li key={receipt.id} class="line">
              <Badge tone={toneOf(receipt.code)} icon="stamp">
                {receipt.code}
              </Badge>
              <span class="line-text grow">
                <span class="strong">{either(receipt.text)}</span>
                <span class="small muted">
                  {receipt.sender.name} · {t('receipts.verified', { time: formatTime(receipt.receivedAt, true) })}
                </span>
                <span class="actions">
                  <a href={apiAddress(`/documents/${id}/receipts/${receipt.id}`)} download>
                    {t('do.download')}
                  </a>
                  {receipt.evidence && (
                    <a href={apiAddress(`/documents/${id}/receipts/${receipt.id}/evidence`)} download>
                      {t('receipts.evidence')}
                    </a>
                  )}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
