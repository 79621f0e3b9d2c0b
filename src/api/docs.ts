import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { IRouter } from 'express'
import { serveOpen } from '../http/index.ts'
import { getDescription, getDocs } from './gateway-operations.ts'
import { openApiDocument } from './openapi.ts'

const UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const UI_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

/** `/openapi.json` and `/docs`: the description, for programs and for people, without a word to the outside. */
export function serveDocs(router: IRouter, version: string): void {
  const description = JSON.stringify(openApiDocument(version))
  serveOpen(router, getDescription, async ({ response }) => {
    response.type('application/json').send(description)
  })
  serveOpen(router, getDocs, async ({ response }) => {
    response.set('Content-Security-Policy', PAGE_POLICY).type('html').send(PAGE)
  })
  router.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(START)
  })
  for (const file of UI_FILES) router.get(`/docs/${file}`, (_request, response) => response.sendFile(join(UI, file)))
}

/** No inline script, no inline style. Swagger UI draws its icons from data: URIs. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lienthong · API liên thông văn bản</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="description"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#description', deepLinking: true, validatorUrl: null })
`
