import type { BrowserContext, Page } from 'playwright-core'
import { type TestGateway, until } from './gateways.ts'

export const ADMINISTRATOR = { password: 'một câu thật dài và dễ nhớ' }

/** The first administrator, who has chosen a password. Signs in once per gateway by hand of the API; stories about signing in do it by clicks. */
export async function makeAdministrator({ gateway }: TestGateway): Promise<{ name: string; password: string }> {
  const first = await gateway.firstAdministrator()
  if (first === undefined) throw new Error('the gateway has an administrator already')
  const { name, oneTimePassword } = first
  const login = await call(gateway.url, 'POST', '/session', { name, password: oneTimePassword }, { csrf: 'login' })
  const { csrfToken } = (await login.json()) as { csrfToken: string }
  const cookie = login.headers
    .getSetCookie()
    .map((one) => one.split(';')[0] ?? '')
    .join('; ')
  const { password } = ADMINISTRATOR
  await call(
    gateway.url,
    'POST',
    '/session/password',
    { current: oneTimePassword, next: password },
    { csrf: csrfToken, cookie },
  )
  return { name, password }
}

/** Signs in the browser of a context, without its pages. */
export async function signedIn(context: BrowserContext, user: { name: string; password: string }): Promise<void> {
  const answer = await context.request.post('/console/api/session', {
    headers: { 'X-Lienthong-Csrf': 'login' },
    data: user,
  })
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`)
}

async function call(
  url: string,
  method: string,
  path: string,
  body: unknown,
  { csrf, cookie }: { csrf: string; cookie?: string },
): Promise<Response> {
  const answer = await fetch(`${url}/console/api${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'x-lienthong-csrf': csrf,
      ...(cookie !== undefined && { cookie }),
    },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** Goes to a page of the console, and waits until it has said what it has to say. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(`/console${path}`)
  await settled(page)
}

/** Everything that was asked for is there. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' })
  await becomes(page, 'document.querySelector(".spinner") === null')
}

/** Waits until an expression is true in the page. The page's own policy would not let a function be made there. */
export async function becomes(page: Page, expression: string): Promise<void> {
  await until(expression, () => page.evaluate<boolean>(expression), 60_000)
}
