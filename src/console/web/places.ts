import type { Right } from '../shapes.ts'
import type { IconName } from './parts/icon.tsx'
import type { PlainKey } from './words/index.ts'

interface Place {
  readonly path: string
  readonly title: PlainKey
  readonly icon: IconName
  /** Without it the page is not offered; the gateway would refuse what it asks for. */
  readonly needs: Right
  /** Begins a group of the menu. */
  readonly begins?: true
}

/** The pages of the menu, in its order. */
export const places: readonly Place[] = [
  { path: '/', title: 'nav.overview', icon: 'overview', needs: 'read' },
  { path: '/van-ban-di', title: 'nav.out', icon: 'out', needs: 'read' },
  { path: '/van-ban-den', title: 'nav.in', icon: 'in', needs: 'read' },
  { path: '/su-co', title: 'nav.incidents', icon: 'incident', needs: 'read' },
  { path: '/don-vi', title: 'nav.partners', icon: 'agency', needs: 'read' },
  { path: '/nhat-ky', title: 'nav.audit', icon: 'audit', needs: 'audit', begins: true },
  { path: '/cau-hinh', title: 'nav.settings', icon: 'settings', needs: 'configuration' },
  { path: '/nguoi-dung', title: 'nav.users', icon: 'users', needs: 'users' },
]
