/** No docker is needed here: what the two files say is read and started as it stands, on a real RabbitMQ and PostgreSQL. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client } from 'pg'
import { Containers, readCompose, readImage, type Service } from '../support/compose.ts'
import { until } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { required, type TestBroker, testBroker } from '../support/rabbitmq.ts'
import { RestClient } from '../support/rest-client.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const repository = join(import.meta.dirname, '../..')
const tool = (name: string, ...args: string[]): string =>
  execFileSync(join(repository, 'node_modules/.bin', name), args, { cwd: repository, encoding: 'utf8' })

describe('docker-compose.yml and the Dockerfile', () => {
  /** Of this run alone: its ports are those that the file names, and another run may be going on. */
  const net = `127.${64 + (process.pid % 128)}.${(process.pid >> 7) % 256}`
  const hosts = { rabbitmq: `${net}.1`, postgres: `${net}.2`, g02: `${net}.3`, g22: `${net}.4` }
  let folder: string
  let given: Record<string, string>
  let broker: TestBroker
  let containers: Containers
  const proxies: TcpProxy[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compose-'))
    broker = testBroker()
    given = {
      RABBITMQ_PASSWORD: broker.admin.password,
      POSTGRES_PASSWORD: 'a password: with/odd & characters',
      G02_AXIS_PASSWORD: 'the password of G02',
      G22_AXIS_PASSWORD: 'the password of G22',
    }
    const compose = readCompose(given)
    containers = new Containers(compose, given, hosts, folder)
    const server = new URL(required('LIENTHONG_TEST_POSTGRES_URL'))
    const api = new URL(required('LIENTHONG_TEST_RABBITMQ_API'))
    const links = [
      [{ host: broker.host, port: broker.port }, hosts.rabbitmq, 5672],
      [{ host: api.hostname, port: Number(api.port) }, hosts.rabbitmq, 15672],
      [{ host: server.hostname, port: Number(server.port || 5432) }, hosts.postgres, 5432],
    ] as const
    for (const [target, host, port] of links) proxies.push(await openTcpProxy(target, { host, port }))
    await asTheImagesWould(compose.services, compose.configs)
  })
  after(async () => {
    await containers.stop()
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await inDatabase(async (ask) => {
      for (const name of ['g02', 'g22']) await ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await ask('DROP ROLE IF EXISTS gateway')
    })
    rmSync(folder, { recursive: true })
  })

  it('carry a letter from the ministry to the office and its receipt back, by their own words, ports and variables', async () => {
    for (const axis of ['axis-g02', 'axis-g22', 'axis-g02']) {
      const { code, err } = await containers.run(axis) // the last one again: it changes nothing
      expect(code, err).to.equal(0)
    }
    const logs = [containers.start('g02'), containers.start('g22')]
    for (const name of ['g02', 'g22'] as const)
      await until(`${name}, healthy`, () => containers.isHealthy(name), 60_000).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${logs.map((log) => log()).join('\n')}`)
      })
    const ministry = await client('g02', 'G02')
    const office = await client('g22', 'G22')
    const file = textFile('Kính gửi Văn phòng Chính phủ')
    const { status, body } = await ministry.submit(letter(), [file])
    expect(status, JSON.stringify(body)).to.equal(202)
    const [leased] = await until('the letter in the inbox', async () => {
      const found = await office.lease()
      return found.length > 0 && found
    })
    expect(sha256(await office.bytes(`/v1/inbox/${leased?.id}/attachments/1`))).to.equal(sha256(file.bytes))
    await until('the receipt', async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received')
    expect(await containers.stop(), 'SIGTERM ends them in order').to.deep.equal([0, 0])
    expect(await containers.isHealthy('g02')).to.equal(false)
  })

  it('hold no secret: every password is asked for', () => {
    expect(() => readCompose({})).to.throw('RABBITMQ_PASSWORD')
    expect(Object.values(readCompose(given).secrets).map(({ environment }) => environment)).to.have.members(
      Object.keys(given),
    )
  })

  it('run as an ordinary user, on a root that nobody can write to, with ports on the loopback only', () => {
    expect(readImage().user).to.equal('node')
    const { services } = readCompose(given)
    for (const [name, { build, read_only }] of Object.entries(services))
      if (build !== undefined) expect(read_only, name).to.equal(true)
    const ports = Object.values(services).flatMap((service) => service.ports ?? [])
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).to.deep.equal([])
  })

  it('copy into the image only what is there, and nothing of the toy certificates', () => {
    const text = tool('dockerfile-utils', 'lint', 'Dockerfile')
    expect(text.trim()).to.equal('')
    expect(tool('dclint', '--max-warnings', '0', 'docker-compose.yml').trim()).to.equal('')
    const copied = readImage().copied
    expect(copied.filter((path) => !existsSync(join(repository, path)))).to.deep.equal([])
    expect(copied).to.include.members(['src', 'schemas']).and.not.include('certs-example')
    const allowed = readFileSync(join(repository, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm) ?? []
    expect(copied.filter((path) => !allowed.some((one) => `${path}/`.startsWith(`${one}/`)))).to.deep.equal([])
  })

  it('build the pages of the console from what they copy for them, and nothing else', () => {
    const stage = join(folder, 'pages')
    for (const path of readImage().copiedForPages)
      cpSync(join(repository, path), join(stage, path), {
        recursive: true,
        filter: (source) => !source.endsWith('/web/dist'),
      })
    symlinkSync(join(repository, 'node_modules'), join(stage, 'node_modules'))
    execFileSync(process.execPath, ['scripts/console.ts'], { cwd: stage })
    expect(existsSync(join(stage, 'src/console/web/dist/index.html'))).to.equal(true)
  })

  /** What RabbitMQ's and PostgreSQL's images make of their environment at the first start. */
  async function asTheImagesWould(
    { rabbitmq, postgres }: Readonly<Record<string, Service>>,
    configs: Readonly<Record<string, { readonly content: string }>>,
  ): Promise<void> {
    const { RABBITMQ_DEFAULT_USER: user = '', RABBITMQ_DEFAULT_PASS: password = '' } = rabbitmq?.environment ?? {}
    if (user !== broker.admin.user) {
      await broker.management.put(['users', user], { password, tags: 'administrator' })
      await broker.management.put(['permissions', '/', user], { configure: '.*', write: '.*', read: '.*' })
    }
    const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE } = postgres?.environment ?? {}
    expect(POSTGRES_PASSWORD_FILE).to.equal('/run/secrets/postgres_password')
    await inDatabase(async (ask, quoted) => {
      await ask(`CREATE ROLE ${POSTGRES_USER} LOGIN CREATEDB PASSWORD ${quoted(given['POSTGRES_PASSWORD'] ?? '')}`)
      await ask(`CREATE DATABASE ${POSTGRES_DB} OWNER ${POSTGRES_USER}`)
      for (const { source } of postgres?.configs ?? []) {
        await ask(`SET ROLE ${POSTGRES_USER}`)
        await ask(configs[source]?.content ?? '')
        await ask('RESET ROLE')
      }
    })
  }

  async function inDatabase(
    work: (ask: (text: string) => Promise<unknown>, quoted: (text: string) => string) => Promise<void>,
  ): Promise<void> {
    const database = new Client({ connectionString: required('LIENTHONG_TEST_POSTGRES_URL') })
    await database.connect()
    await work(
      (text) => database.query(text),
      (text) => database.escapeLiteral(text),
    ).finally(() => database.end())
  }

  async function client(name: 'g02' | 'g22', agency: string): Promise<RestClient> {
    const { code, out, err } = await containers.exec(name, [
      'lienthong',
      'client',
      'create',
      '--name',
      'x',
      '--agency',
      agency,
    ])
    expect(code, err).to.equal(0)
    return new RestClient(() => `http://${hosts[name]}:8080`, out.trim(), agency)
  }
})
