import type { ComponentChildren } from 'preact'
import type { AttachmentVerdict } from '../../shapes.ts'
import { formatDay } from '../base/dates.ts'
import { t } from '../base/language.ts'
import { Time } from '../parts/time.tsx'
import { Reasons, VerdictBadge } from '../parts/verdict.tsx'

type Report = NonNullable<AttachmentVerdict['report']>
type PdfSignature = Report['signatures'][number]

/** Who signed inside of a PDF, when, what of it, and by what right. */
export function SignaturesInside({ report }: { readonly report: Report }) {
  const { signatures, verdict } = report
  if (signatures.length === 0) return undefined
  return (
    <details class="inside" open={verdict !== 'valid'}>
      <summary>
        {t('inside.count', { n: signatures.length })}
        <span class="muted"> · {signatures.map(titleOf).join('; ')}</span>
      </summary>
      {signatures.map((signature) => (
        <Signature key={signature.field} signature={signature} />
      ))}
      <p class="small muted">
        {t('inside.asOf')} <Time at={report.at} as="exact" />
      </p>
    </details>
  )
}

function titleOf({ kind, signer }: PdfSignature): string {
  if (kind === 'time-stamp') return t('inside.timeStamp')
  return signer?.name ?? signer?.subject ?? t('inside.nobody')
}

function Signature({ signature }: { readonly signature: PdfSignature }) {
  const { verdict, reasons, integrity, coverage, signer, signingTime, timeStamp, chain } = signature
  const place = [signer?.title, signer?.unit, signer?.organisation].filter((text) => text !== signer?.name)
  return (
    <article class="inside-one" aria-label={titleOf(signature)}>
      <div class="inside-head">
        <div>
          <h3>{titleOf(signature)}</h3>
          {signer !== undefined && (
            <p class="small muted">{[t(`inside.${signer.kind}`), ...place.filter(Boolean)].join(' · ')}</p>
          )}
        </div>
        <VerdictBadge verdict={verdict} />
      </div>
      <Reasons reasons={reasons} />
      <dl class="pairs small">
        <Pair label={t('inside.integrity')}>{t(`integrity.${integrity}`)}</Pair>
        <Pair label={t('inside.covers')}>{coverageOf(coverage)}</Pair>
        <Pair label={t('signature.time')}>
          {signingTime === undefined ? t('inside.noTime') : <Time at={signingTime.at} as="exact" />}
        </Pair>
        <Pair label={t('inside.stamped')}>
          {timeStamp !== undefined && (
            <>
              {timeStamp.claimedTime !== undefined && <Time at={timeStamp.claimedTime} as="exact" />}{' '}
              {timeStamp.verdict === 'not-judged' && <span class="muted">{t('inside.notJudged')}</span>}
            </>
          )}
        </Pair>
        <Pair label={t('inside.chain')}>
          {chain !== undefined &&
            [
              t(`chain.${chain.verdict}`),
              t(`revocation.${chain.revocation}`),
              ...(chain.scope === undefined ? [] : [t(`scope.${chain.scope}`)]),
            ].join(' · ')}
        </Pair>
        <Pair label={t('signature.issuer')}>{signer?.issuer}</Pair>
        <Pair label={t('signature.validity')}>
          {signer !== undefined && `${formatDay(signer.notBefore)} – ${formatDay(signer.notAfter)}`}
        </Pair>
        <Pair label={t('inside.reason')}>{signature.reason}</Pair>
        <Pair label={t('inside.location')}>{signature.location}</Pair>
      </dl>
    </article>
  )
}

/** Whether anything follows what was signed, and what. */
function coverageOf({ wholeFile, addedAfter }: PdfSignature['coverage']): string {
  if (wholeFile) return t('inside.whole')
  const kinds = [...new Set(addedAfter.map(({ kind }) => t(`added.${kind}`)))]
  return kinds.length === 0 ? t('inside.partly') : t('inside.added', { what: kinds.join(', ') })
}

/** Nothing for what is not said. */
function Pair({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  if (children === undefined || children === false || children === '') return undefined
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}
