import { useState } from 'preact/hooks'
import type { DocumentView, SignatureView } from '../../shapes.ts'
import { formatDay } from '../base/dates.ts'
import { apiAddress, get } from '../base/http.ts'
import { either, t } from '../base/language.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Failure, Note } from '../parts/notes.tsx'
import { Time } from '../parts/time.tsx'

/** The envelope viewer: what was signed, by whom, and whether the stored bytes still say so. */
export function SignatureCard({ document }: { readonly document: DocumentView }) {
  const [state, setState] = useState<{ busy: boolean; error?: unknown; signature?: SignatureView }>({ busy: false })
  const check = async () => {
    setState((before) => ({ ...before, busy: true }))
    try {
      setState({ busy: false, signature: await get<SignatureView>(`/documents/${document.id}/signature`) })
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  return (
    <section class="card" aria-labelledby="signature">
      <div class="card-head">
        <h2 id="signature">{t('signature.title')}</h2>
        {document.message !== undefined && (
          <a class="button small" href={apiAddress(`/documents/${document.id}/envelope`)} download>
            <Icon name="download" />
            {t('signature.package')}
          </a>
        )}
      </div>
      <div class="card-body stack" aria-live="polite">
        {state.error !== undefined && <Failure error={state.error} />}
        {state.signature === undefined ? (
          <p class="muted">{t('signature.lead')}</p>
        ) : (
          <Signature signature={state.signature} />
        )}
        <div>
          <Button icon="shield" busy={state.busy} onClick={() => void check()}>
            {state.signature === undefined ? t('signature.check') : t('signature.again')}
          </Button>
        </div>
      </div>
    </section>
  )
}

const tones = { valid: 'ok', invalid: 'bad', unchecked: 'plain', gone: 'plain' } as const

function Signature({ signature }: { readonly signature: SignatureView }) {
  const { verdict, cause, certificate, agency } = signature
  return (
    <>
      <Note tone={tones[verdict]} icon={verdict === 'valid' ? 'shield' : 'incident'}>
        <p class="strong">{t(`signature.${verdict}`)}</p>
        {cause !== undefined && <p>{either(cause)}</p>}
        {signature.message !== undefined && <p class="small break">{signature.message}</p>}
      </Note>
      <dl class="pairs">
        {agency !== undefined && (
          <>
            <dt>{t('signature.for')}</dt>
            <dd>
              {agency.name} ({agency.code})
            </dd>
          </>
        )}
        {certificate !== undefined && (
          <>
            <dt>{t('signature.by')}</dt>
            <dd>{certificate.subject}</dd>
            <dt>{t('signature.issuer')}</dt>
            <dd>{certificate.issuer}</dd>
            <dt>{t('signature.validity')}</dt>
            <dd>
              {formatDay(certificate.notBefore)} – {formatDay(certificate.notAfter)}
            </dd>
            <dt>{t('signature.key')}</dt>
            <dd>{certificate.key}</dd>
            <dt>{t('signature.fingerprint')}</dt>
            <dd>
              <code>{certificate.fingerprint}</code>
            </dd>
          </>
        )}
        {signature.algorithm !== undefined && (
          <>
            <dt>{t('signature.algorithm')}</dt>
            <dd>
              <code>{signature.algorithm}</code>
            </dd>
          </>
        )}
        {signature.signingTime !== undefined && (
          <>
            <dt>{t('signature.time')}</dt>
            <dd>
              <Time at={signature.signingTime} as="exact" />
            </dd>
          </>
        )}
        <dt>{t('signature.checkedAt')}</dt>
        <dd>
          <Time at={signature.checkedAt} as="exact" />
        </dd>
      </dl>
      {signature.parts.length > 0 && (
        <div>
          <h3>{t('signature.covers')}</h3>
          <ul class="covers">
            {signature.parts.map(({ what, element, digest }) => (
              <li key={element}>
                <Icon name="check" />
                <span>
                  {either(what)} <code class="muted">{element}</code>
                  {digest !== undefined && <code class="small muted block clip">{digest}</code>}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
