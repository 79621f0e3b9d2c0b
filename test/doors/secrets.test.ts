import { spawn } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { createLog, Secret } from '../../src/base/index.ts'
import { lienthong } from '../support/command-line.ts'
import { until } from '../support/gateways.ts'
import { openssl, pkcs12File } from '../support/key-files.ts'
import { type Canary, keyCanary, leaksIn, textCanary } from '../support/leaks.ts'
import { toyFile } from '../support/pki.ts'

const repository = join(import.meta.dirname, '../..')
const password = 'Mật-khẩu canary 7421'
const token = 'canary-of-the-metrics-token-0123456789'
const canaries: readonly Canary[] = [
  textCanary('the token of the metrics', token),
  textCanary('the password', password),
  keyCanary('the key in PEM', toyFile('g02-p256.key')),
  keyCanary('the key in PKCS#12', toyFile('g22-p256.key')),
]

// threat: leaked-secret
describe('a secret', () => {
  const secret = new Secret(password)

  it('is not in what is printed, logged, written as JSON, put into text, cloned or listed', () => {
    const lines: string[] = []
    const log = createLog('debug', { write: (line) => lines.push(line) })
    log.info({ secret, inner: { value: secret }, list: [secret], err: new Error('x', { cause: secret }) }, 'said')
    const shown = [
      ...lines,
      inspect(secret, { depth: 9, showHidden: true, customInspect: false }),
      inspect({ secret }),
      JSON.stringify({ secret }),
      `${secret as unknown as string}`,
      String(secret),
      inspect(structuredClone(secret)),
      inspect({ ...secret }),
      inspect(new Error('x', { cause: secret })),
    ].join('\n')
    expect(shown).to.contain('[secret]')
    expect(leaksIn(shown, canaries)).to.deep.equal([])
    expect(secret.reveal()).to.equal(password)
  })
})

// threat: leaked-secret
describe('what a gateway says', () => {
  let folder: string
  let config: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'))
    config = join(folder, 'lienthong.json')
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, `${password}\n`)
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, `${token}\n`)
    const pkcs12 = pkcs12File(folder, 'g22-p256', password)
    pkcs12File(folder, 'g02-p256', password)
    const encrypted = join(folder, 'encrypted.key')
    openssl('pkcs8', '-topk8', '-in', join(folder, 'g02-p256.key'), '-passout', `pass:${password}`, '-out', encrypted)
    const toy = (name: string) => join(repository, 'certs-example', name)
    const keys = [
      { privateKeyFile: toy('g02-p256.key'), certificateFile: toy('g02-p256.crt') },
      { privateKeyFile: encrypted, certificateFile: toy('g02-p256.crt'), passwordFile, from: '2030-01-01' },
    ]
    const agencies = JSON.parse(toyFile('directory.json')) as { code: string; certificates: string[] }[]
    const directoryFile = join(folder, 'directory.json')
    const ours = agencies.map(({ certificates, ...agency }) => ({
      ...agency,
      certificates: certificates.map(toy),
      ...(['G02', 'G22'].includes(agency.code) && { brokerUser: 'bct' }),
    }))
    writeFileSync(directoryFile, JSON.stringify(ours))
    const written = {
      http: { port: 0 },
      store: { file: 'lienthong.db' },
      // nobody is there: it says so again and again, and would like to say with what it tried
      axis: { kind: 'rabbitmq', urls: ['amqp://127.0.0.1:9'], user: 'bct', passwordFile },
      metrics: { tokenFile },
      agencies: [
        { code: 'G02', keys },
        { code: 'G22', keys: [{ pkcs12File: pkcs12, passwordFile }] },
      ],
      trust: { anchorsFiles: [toy('root.crt')], intermediatesFile: toy('issuing.crt') },
      directoryFile,
      log: { level: 'debug' },
      allowToyTrust: true,
    }
    writeFileSync(config, JSON.stringify(written))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('explains its configuration without them', async () => {
    const { code, out, err } = await lienthong(['serve', '--check', '--config', config])
    expect(code, err).to.equal(0)
    expect(out).to.contain('passwordFile')
    expect(leaksIn(out + err, canaries)).to.deep.equal([])
  })

  it('refuses a wrong password, and what was pasted in place of a file, without them', async () => {
    writeFileSync(join(folder, 'password'), 'another')
    const wrong = await lienthong(['serve', '--config', config])
    expect(wrong.err).to.contain('[key-password-wrong]')
    expect(leaksIn(wrong.out + wrong.err, [...canaries, textCanary('the wrong one', 'another')])).to.deep.equal([])
    const pasted = [{ code: 'G02', keys: [{ privateKeyFile: toyFile('g02-p256.key'), certificateFile: 'x.crt' }] }]
    const refused = await lienthong(['serve', '--config', config], {
      env: { LIENTHONG_AGENCIES: JSON.stringify(pasted) },
    })
    expect(refused.err).to.contain('not shown')
    expect(leaksIn(refused.out + refused.err, canaries)).to.deep.equal([])
  })

  it('logs, reads its keys again and dies without them, in its last words and in the report of its death', async () => {
    const { said, report } = await deathOf(config)
    expect(said).to.contain('the configuration was read again').and.to.contain('the gateway has to end')
    expect(report).to.contain('cannot open it')
    expect(leaksIn(said, canaries), 'log and error output').to.deep.equal([])
    expect(leaksIn(report, canaries), 'report').to.deep.equal([])
  })

  it('would be found out: what leaks on purpose is found by the same search', async () => {
    const inMessage = await deathOf(config, 'message')
    expect(leaksIn(inMessage.said, canaries)).to.deep.equal(['the password'])
    expect(leaksIn(inMessage.report, canaries)).to.deep.equal(['the password'])
    const printed = await deathOf(config, 'print')
    expect(leaksIn(printed.said, canaries)).to.deep.equal(['the password'])
    for (const pem of ['g02-p256.key', 'g22-p256.key'].map(toyFile)) {
      const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
      expect(leaksIn(`… ${Buffer.from(d, 'base64url').toString('hex').toUpperCase()} …`, canaries)).to.have.length(1)
      expect(leaksIn(pem, canaries)).to.have.length(1)
    }
  })

  /** Starts a gateway, has it read its keys again, and lets it die of something unexpected. */
  async function deathOf(config: string, leak?: 'message' | 'print'): Promise<{ said: string; report: string }> {
    const reports = mkdtempSync(join(folder, 'reports-'))
    const child = spawn(
      process.execPath,
      [
        ...['--import', join(repository, 'test/support/dying.ts')],
        ...['--report-uncaught-exception', '--report-directory', reports],
        ...[join(repository, 'src/lienthong.js'), 'serve', '--config', config],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          PGPASSWORD: password, // what an operator may have there
          CANARY_FILE: join(folder, 'password'),
          ...(leak !== undefined && { CANARY_LEAK: leak }),
        },
      },
    )
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = once(child, 'close') // its last words are heard by then
    const heard = (text: string) => until(text, async () => said.includes(text) || child.exitCode !== null)
    await heard('gateway started')
    child.kill('SIGHUP')
    await heard('the configuration was read again')
    child.kill('SIGUSR2')
    await ended
    const report = readdirSync(reports)
      .map((name) => readFileSync(join(reports, name), 'utf8'))
      .join('\n')
    return { said, report }
  }
})
