/** `npm run openapi`: writes schemas/openapi.json and schemas/console-openapi.json, which tests hold against the shapes they are made from. */
import { writeFileSync } from 'node:fs'
import packageJson from '../package.json' with { type: 'json' }
import { openApiDocument } from '../src/api/index.ts'
import { consoleOpenApiDocument } from '../src/console/index.ts'

const { version } = packageJson
for (const [name, document] of [
  ['openapi', openApiDocument(version)],
  ['console-openapi', consoleOpenApiDocument(version)],
] as const) {
  const file = new URL(`../schemas/${name}.json`, import.meta.url)
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
}
