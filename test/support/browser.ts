/** People at the console: Debian's Chromium, driven by playwright-core, and axe-core for what the pages ask of people. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const SHOTS = join(import.meta.dirname, '../browser/shots')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface VisitOptions {
  readonly language?: 'vi' | 'en'
  readonly theme?: 'light' | 'dark'
  /** 1280 or 390 CSS pixels. */
  readonly width?: 1280 | 390
}

/** One person with a browser of his own: cookies, language, theme. */
export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** What must not happen on any page: errors, refusals of the policy, requests to elsewhere. */
  readonly faults: readonly string[]
}

/** Registers the hooks of a suite: one browser for all its tests, and no fault left unseen at the end of each. */
export function useBrowser(): { visit(url: string, options?: VisitOptions): Promise<Visitor> } {
  let browser: Browser | undefined
  const visitors: Visitor[] = []
  before(async () => {
    browser = await chromium.launch({
      executablePath: execFileSync('sh', ['-c', 'command -v chromium']).toString().trim(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [], // root has no sandbox to give
      env: { ...process.env, LC_ALL: 'C.UTF-8' }, // without a locale it cannot write Vietnamese names of files
    })
  })
  afterEach(async () => {
    const left = visitors.splice(0)
    await Promise.all(left.map(({ context }) => context.close()))
    expect(left.flatMap(({ faults }) => faults)).to.deep.equal([])
  })
  after(async () => {
    await browser?.close()
  })
  return {
    async visit(url, { language = 'vi', theme = 'light', width = 1280 } = {}) {
      if (browser === undefined) throw new Error('the browser did not start')
      const context = await browser.newContext({
        baseURL: url,
        viewport: width === 390 ? { width, height: 844 } : { width, height: 800 },
        colorScheme: theme,
        locale: 'en-US',
        timezoneId: 'America/New_York', // everything is Vietnam time, wherever the operator sits
        reducedMotion: 'reduce',
      })
      context.setDefaultTimeout(60_000) // on a busy machine; what is there is taken at once
      await context.addInitScript(`localStorage.setItem('lienthong.language', '${language}')`)
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
      page.on('console', (message) => {
        // a refusal that a story provokes (401, 404, 409 …) is the gateway's answer, not a fault of the page
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          faults.push(`console: ${message.text()}`)
      })
      page.on('request', (request) => {
        if (!request.url().startsWith(url)) faults.push(`request: ${request.url()}`)
      })
      const visitor = { page, context, faults }
      visitors.push(visitor)
      return visitor
    },
  }
}

/** Keeps a picture for whoever wants to look: `test/browser/shots/<name>.png`. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}

interface AxeFinding {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** WCAG 2.2 AA, as far as axe-core can see it: each finding with the element it is about. */
export async function barriers(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('typeof axe === "object"'))) await page.evaluate(axeSource)
  const found = await page.evaluate<AxeFinding[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations)`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary ?? ''}`),
  )
}

/** Whether the page is wider than its window: on a telephone nobody scrolls sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
}
