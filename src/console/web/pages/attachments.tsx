import type { AttachmentVerdict, DocumentView } from '../../shapes.ts'
import { apiAddress } from '../base/http.ts'
import { t } from '../base/language.ts'
import { formatOctets } from '../base/sizes.ts'
import { Badge } from '../parts/badge.tsx'
import { Icon } from '../parts/icon.tsx'
import { Reasons, VerdictBadge } from '../parts/verdict.tsx'
import { SignaturesInside } from './pdf-signatures.tsx'

/** The files, and what the signatures inside of each are worth. */
export function AttachmentsCard({ document }: { readonly document: DocumentView }) {
  return (
    <section class="card" aria-labelledby="attachments">
      <div class="card-head">
        <h2 id="attachments">{t('attachments.title')}</h2>
      </div>
      {document.attachments.length === 0 ? (
        <p class="card-body muted">{t('attachments.none')}</p>
      ) : (
        <ul class="lines">
          {document.attachments.map((attachment) => (
            <Attachment key={attachment.n} attachment={attachment} document={document} />
          ))}
        </ul>
      )}
    </section>
  )
}

interface AttachmentProps {
  readonly attachment: DocumentView['attachments'][number]
  readonly document: DocumentView
}

function Attachment({ attachment, document }: AttachmentProps) {
  const { n, name, description, contentType, octets, sha256, signed } = attachment
  const readable = document.message !== undefined
  return (
    <li class="line">
      <Icon name="file" />
      <div class="line-text grow">
        {readable ? (
          <a class="break" href={apiAddress(`/documents/${document.id}/attachments/${n}`)} download={name}>
            {name}
          </a>
        ) : (
          <span class="break">{name}</span>
        )}
        {description !== undefined && <span class="small">{description}</span>}
        <span class="small muted">
          {formatOctets(octets)} · {contentType}
        </span>
        <span class="small muted clip" title={sha256}>
          SHA-256 <code>{sha256.slice(0, 16)}…</code>
        </span>
        {signed !== undefined && <Signed signed={signed} />}
      </div>
    </li>
  )
}

/** A file that is no PDF has nothing to judge, which is no cause for alarm. */
function Signed({ signed }: { readonly signed: AttachmentVerdict }) {
  const { state, verdict, form, informationOnly, report } = signed
  if (state === 'waiting' || verdict === undefined)
    return (
      <span class="signed">
        <Badge tone="wait" icon="clock">
          {t('inside.waiting')}
        </Badge>
      </span>
    )
  if (form === 'other') return <span class="small muted">{t('inside.notPdf')}</span>
  return (
    <div class="signed">
      <span class="signed-verdict">
        {informationOnly === true ? (
          <Badge tone="plain" icon="info">
            {t('inside.informationOnly')}
          </Badge>
        ) : (
          <VerdictBadge verdict={verdict} />
        )}
        {report !== undefined && <span class="small muted">{t(`inside.${report.role}`)}</span>}
      </span>
      {report !== undefined && (
        <>
          {report.file.inner !== undefined && (
            <span class="small">{t('inside.inner', { name: report.file.inner.name })}</span>
          )}
          <Reasons reasons={report.reasons} />
          <SignaturesInside report={report} />
        </>
      )}
    </div>
  )
}
