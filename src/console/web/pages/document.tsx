import type { DocumentView } from '../../shapes.ts'
import { get, Problem } from '../base/http.ts'
import { t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { Icon } from '../parts/icon.tsx'
import { Link } from '../parts/link.tsx'
import { Empty, Failure, Loading } from '../parts/notes.tsx'
import { StateBadge } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { AttachmentsCard } from './attachments.tsx'
import { DeliveriesCard, InboxCard } from './deliveries.tsx'
import { Urgent } from './document-columns.tsx'
import { FactsCard, ReceiptsCard, StatusesCard } from './document-facts.tsx'
import { EvidenceCard } from './evidence.tsx'
import { SignatureCard } from './signature.tsx'
import { TimelineCard } from './timeline.tsx'

/** One document: where it is, what comes next and by when, and everything that happened. */
export function DocumentPage({ id }: { readonly id: string }) {
  const { data, error, reload } = useResource<DocumentView>(
    `document ${id}`,
    (signal) => get(`/documents/${encodeURIComponent(id)}`, {}, signal),
    [`document:${id}`],
  )
  if (error instanceof Problem && error.status === 404)
    return (
      <div class="page">
        <h1 class="hidden">{t('document.missing')}</h1>
        <Empty icon="search" title={t('document.missing')}>
          <p>{t('document.missingHint')}</p>
        </Empty>
      </div>
    )
  return (
    <div class="page">
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? error === undefined && <Loading /> : <Document document={data} />}
    </div>
  )
}

function Document({ document }: { readonly document: DocumentView }) {
  const out = document.direction === 'out'
  return (
    <>
      <header>
        <Link to={out ? '/van-ban-di' : '/van-ban-den'} class="back">
          <Icon name="left" />
          {out ? t('document.backOut') : t('document.backIn')}
        </Link>
        <div class="document-head">
          <h1>
            <span class="break">{document.number}</span>
          </h1>
          <StateBadge state={document.state} />
          {document.lane === 'express' && <Urgent />}
        </div>
        <p class="document-subject">{document.subject}</p>
        <p class="muted small">
          {document.sender.name} ({document.sender.code}) →{' '}
          {document.counterpartsCount > 0 && out ? recipients(document) : document.agency.name} ·{' '}
          <Time at={document.storedAt} as="exact" />
        </p>
      </header>
      <div class="document-columns">
        <div class="column">
          {document.inbox !== undefined && <InboxCard inbox={document.inbox} />}
          {document.deliveries.length > 0 && (
            <DeliveriesCard deliveries={document.deliveries} number={document.number} />
          )}
          <AttachmentsCard document={document} />
          <TimelineCard timeline={document.timeline} />
        </div>
        <div class="column">
          <FactsCard document={document} />
          <StatusesCard statuses={document.statuses} />
          <ReceiptsCard document={document} />
          <SignatureCard document={document} />
          {document.evidence && <EvidenceCard document={document} />}
        </div>
      </div>
    </>
  )
}

function recipients({ counterparts, counterpartsCount }: DocumentView): string {
  const named = counterparts.map(({ agency }) => `${agency.name} (${agency.code})`).join(', ')
  const others = counterpartsCount - counterparts.length
  return others > 0 ? `${named}, ${t('column.more', { n: others })}` : named
}
