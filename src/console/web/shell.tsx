import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Overview } from '../shapes.ts'
import { get } from './base/http.ts'
import { recallJobs } from './base/jobs.ts'
import { t } from './base/language.ts'
import { connected } from './base/live.ts'
import { type Resource, useResource } from './base/resource.ts'
import { path } from './base/router.ts'
import { currentSession, may } from './base/session.ts'
import mark from './mark.svg'
import { Button } from './parts/button.tsx'
import { CommandDialog } from './parts/command-dialog.tsx'
import { Icon } from './parts/icon.tsx'
import { JobDialog, JobTray } from './parts/jobs.tsx'
import { Link } from './parts/link.tsx'
import { LanguageMenu, ThemeMenu } from './parts/preferences.tsx'
import { UserMenu } from './parts/user-menu.tsx'
import { places } from './places.ts'

/** Bar, menu and the page. What every page needs to know (is the axis there, how many incidents) is asked once, here. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const overview = useResource<Overview>('shell', (signal) => get('/overview', {}, signal), ['events'])
  useEffect(() => {
    recallJobs().catch(() => undefined)
  }, [])
  const here = path.value
  useEffect(() => {
    setOpen(false)
    main.current?.scrollTo(0, 0)
  }, [here])
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t('app.skip')}
      </a>
      <header class="topbar">
        <Button
          class="menu-button"
          look="quiet"
          icon={open ? 'close' : 'menu'}
          label={open ? t('app.closeMenu') : t('app.menu')}
          expanded={open}
          onClick={() => setOpen(!open)}
        />
        <Link to="/" class="brand">
          <img src={mark} alt="" width="28" height="28" />
          <span class="clip">
            {t('app.name')} <span class="brand-place">{placeName()}</span>
          </span>
        </Link>
        <div class="grow" />
        <Lamps overview={overview} />
        <JobTray />
        <LanguageMenu />
        <ThemeMenu />
        <UserMenu />
      </header>
      <Menu open={open} incidents={overview.data?.incidents.reduce((sum, { count }) => sum + count.value, 0) ?? 0} />
      <button type="button" class="nav-scrim" aria-label={t('app.closeMenu')} onClick={() => setOpen(false)} />
      <main class="main" id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
      <CommandDialog />
      <JobDialog />
    </div>
  )
}

function placeName(): string {
  const { agencies } = currentSession().gateway
  const [first] = agencies
  if (first === undefined) return ''
  return agencies.length === 1 ? `${first.name} (${first.code})` : agencies.map(({ code }) => code).join(', ')
}

function Menu({ open, incidents }: { readonly open: boolean; readonly incidents: number }) {
  const here = path.value
  return (
    <nav class={open ? 'nav open' : 'nav'} aria-label={t('nav.label')}>
      {places
        .filter(({ needs }) => may(needs))
        .map((place) => (
          <div key={place.path} class="nav-item">
            {place.begins === true && <hr />}
            <Link to={place.path} current={place.path === here}>
              <Icon name={place.icon} />
              {t(place.title)}
              {place.path === '/su-co' && incidents > 0 && (
                <span class="count">{incidents > 999 ? '999+' : incidents}</span>
              )}
            </Link>
          </div>
        ))}
    </nav>
  )
}

/** Whether the ground holds: the axis, the store, and our own view of both. */
function Lamps({ overview }: { readonly overview: Resource<Overview> }) {
  const health = overview.data?.health
  return (
    <div class="lamps" role="status">
      {!connected.value && <Lamp up={false} text={t('live.off')} />}
      {health !== undefined && (
        <>
          <Lamp
            up={health.broker.state === 'up'}
            text={health.broker.state === 'up' ? t('lamp.axisUp') : t('lamp.axisDown')}
          />
          <Lamp
            up={health.store.state === 'up'}
            text={health.store.state === 'up' ? t('lamp.storeUp') : t('lamp.storeDown')}
          />
        </>
      )}
    </div>
  )
}

function Lamp({ up, text }: { readonly up: boolean; readonly text: string }) {
  return (
    <span class={up ? 'lamp' : 'lamp down'} title={text}>
      <Icon name={up ? 'done' : 'refused'} />
      <span class="lamp-text">{text}</span>
    </span>
  )
}
