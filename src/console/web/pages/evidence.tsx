import type { DocumentView, EvidenceView } from '../../shapes.ts'
import { formatDay } from '../base/dates.ts'
import { apiAddress, get } from '../base/http.ts'
import { t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { formatOctets } from '../base/sizes.ts'
import { Icon } from '../parts/icon.tsx'
import { Failure, Loading } from '../parts/notes.tsx'
import { Time } from '../parts/time.tsx'
import { Reasons, VerdictBadge } from '../parts/verdict.tsx'

/** What the signer of a received package was judged by on the day it came: the proof that outlives the authorities. */
export function EvidenceCard({ document: { id } }: { readonly document: DocumentView }) {
  const { data, error, reload } = useResource<EvidenceView>(`evidence ${id}`, (signal) =>
    get(`/documents/${encodeURIComponent(id)}/evidence`, {}, signal),
  )
  return (
    <section class="card" aria-labelledby="evidence">
      <div class="card-head">
        <h2 id="evidence">{t('evidence.title')}</h2>
        <a class="button small" href={apiAddress(`/documents/${id}/evidence/file`)} download>
          <Icon name="download" />
          {t('evidence.download')}
        </a>
      </div>
      <div class="card-body stack">
        {error !== undefined && <Failure error={error} onRetry={reload} />}
        {data === undefined ? error === undefined && <Loading /> : <Evidence evidence={data} />}
      </div>
    </section>
  )
}

function Evidence({ evidence }: { readonly evidence: EvidenceView }) {
  const { verdict, revocation, scope, reasons, path, proofs } = evidence
  return (
    <>
      <div class="actions">
        <VerdictBadge verdict={verdict} />
        {scope !== undefined && <span class="small muted">{t(`scope.${scope}`)}</span>}
      </div>
      <Reasons reasons={reasons} />
      <dl class="pairs">
        <dt>{t('evidence.revocation')}</dt>
        <dd>{t(`revocation.${revocation}`)}</dd>
        <dt>{t('evidence.asOf')}</dt>
        <dd>
          <Time at={evidence.receivedAt} as="exact" />
        </dd>
        <dt>{t('evidence.judged')}</dt>
        <dd>
          <Time at={evidence.judgedAt} as="exact" />
        </dd>
      </dl>
      {path.length > 0 && (
        <div>
          <h3>{t('evidence.chain')}</h3>
          <ol class="proofs">
            {path.map(({ fingerprint, subject, notBefore, notAfter, key }, place) => (
              <li key={fingerprint}>
                <Icon name={place === path.length - 1 ? 'shield' : 'key'} />
                <span class="line-text">
                  <span class="break">{subject}</span>
                  <span class="small muted">
                    {t(roleAt(place, path.length))} · {formatDay(notBefore)} – {formatDay(notAfter)} · {key}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        </div>
      )}
      <div>
        <h3>{t('evidence.proofs')}</h3>
        {proofs.length === 0 ? (
          <p class="muted">{t('evidence.noProofs')}</p>
        ) : (
          <ul class="proofs">
            {proofs.map(({ fingerprint, kind, issuer, octets, thisUpdate, nextUpdate }) => (
              <li key={fingerprint}>
                <Icon name="audit" />
                <span class="line-text">
                  <span class="break">
                    {t(`proof.${kind}`)}
                    {issuer !== undefined && ` · ${issuer}`}
                  </span>
                  <span class="small muted">
                    {thisUpdate !== undefined && (
                      <>
                        {t('evidence.current')} <Time at={thisUpdate} as="exact" />
                        {nextUpdate !== undefined && (
                          <>
                            {' – '}
                            <Time at={nextUpdate} as="exact" />
                          </>
                        )}
                        {' · '}
                      </>
                    )}
                    {formatOctets(octets)}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <p class="small muted">{t('evidence.lead')}</p>
    </>
  )
}

/** The signer first, the trusted certificate last. */
function roleAt(place: number, count: number): 'evidence.signer' | 'evidence.anchor' | 'evidence.authority' {
  if (place === 0) return 'evidence.signer'
  return place === count - 1 ? 'evidence.anchor' : 'evidence.authority'
}
