/** `npm run openapi`: writes schemas/openapi.json, which a test holds against the shapes it is made from. */
import { writeFileSync } from 'node:fs'
import packageJson from '../package.json' with { type: 'json' }
import { openApiDocument } from '../src/api/index.ts'

const file = new URL('../schemas/openapi.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(openApiDocument(packageJson.version), null, 2)}\n`)
