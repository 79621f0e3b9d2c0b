/** The page for partners, followed word by word: its commands are read from it and run. */
import { X509Certificate } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { queueName } from '../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode } from '../../src/message/index.ts'
import { type Ended, lienthong } from '../support/command-line.ts'
import { until } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { required, TestVhost } from '../support/rabbitmq.ts'
import { RestClient } from '../support/rest-client.ts'
import { ServeProcess } from '../support/serve-process.ts'
import { type Arrived, PartnerProcess, type Written } from './partner-process.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const page = readFileSync(join(import.meta.dirname, '../../schemas/onboarding.md'), 'utf8')
const [G02, H26] = ['G02', 'H26'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]

describe('a new agency follows the page for partners', () => {
  let folder: string
  let vhost: TestVhost
  let gateway: ServeProcess
  let ministry: RestClient

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onboarding-'))
    vhost = await TestVhost.open()
    await vhost.provision('G02', [G02])
    write('admin.pw', vhost.broker.admin.password)
    write('g02.pw', vhost.passwordOf('G02'))
    copy(join(certs, 'h26-p256.crt'), 'h26.crt')
    copy(join(certs, 'trust.pem'), 'root.pem')
    copy(required('LIENTHONG_TEST_AMQPS_CA'), 'broker-ca.pem')
    copy(required('LIENTHONG_TEST_AMQPS_CERT'), 'hanoi-client.crt')
    copy(required('LIENTHONG_TEST_AMQPS_KEY'), 'hanoi-client.key')
    write('lienthong.json', JSON.stringify(configuration()))
    const known = JSON.parse(readFileSync(join(certs, 'directory.json'), 'utf8')) as {
      code: string
      certificates: string[]
    }[]
    const g02 = known.filter(({ code }) => code === 'G02')
    write(
      'directory.json',
      JSON.stringify(
        g02.map((entry) => ({ ...entry, certificates: entry.certificates.map((name) => join(certs, name)) })),
      ),
    )
    gateway = await new ServeProcess(join(folder, 'lienthong.json')).started()
    const made = await lienthong(
      ['client', 'create', '--name', 'iMOIT', '--agency', 'G02', '--config', 'lienthong.json'],
      { cwd: folder },
    )
    ministry = new RestClient(() => gateway.url, made.out.trim(), 'G02')
  })
  after(async () => {
    await gateway.stop()
    await vhost.broker.management.delete('users', 'hanoi')
    await vhost.close()
    rmSync(folder, { recursive: true })
  })

  // threat: widened-rights
  it('is told by the probe what is missing, step by step, and in both languages', async () => {
    write('hanoi.pw', 'not the password')
    expect(await told(await run('axis probe'))).to.deep.equal({
      code: 1,
      steps: ['✘ connection'],
      says: 'ACCESS_REFUSED',
    })
    rmSync(join(folder, 'hanoi.pw'))

    expect((await run('axis provision')).code).to.equal(0)
    expect((await run('axis check')).code).to.equal(0)
    const provisioned = await run('axis probe', '--wait', '1')
    expect(await told(provisioned), 'nobody has entered the agency yet').to.deep.equal({
      code: 1,
      steps: ['✔ connection', '✔ queues', '✔ alone', '✔ entitlement', '✔ publishing', '✘ answer'],
      says: 'answer of G02',
    })
    const vietnamese = await run('axis probe', '--wait', '1', '--lang', 'vi')
    expect(vietnamese.out).to.contain('✘ cổng bên kia đã trả lời')
    expect(vietnamese.err).to.contain('→ Cổng bên kia không hoạt động')

    const { management } = vhost.broker
    await management.delete('queues', vhost.name, queueName(H26, 'express'))
    expect(await told(await run('axis probe'))).to.deep.equal({
      code: 1,
      steps: ['✔ connection', '✘ queues'],
      says: 'missing: axis.H26.express',
    })
    await run('axis provision')
    await management.put(['topic-permissions', vhost.name, 'hanoi'], { exchange: 'axis', write: '.*', read: '^$' })
    expect(await told(await run('axis probe'))).to.deep.equal({
      code: 1,
      steps: ['✔ connection', '✔ queues', '✔ alone', '✘ entitlement'],
      says: 'the broker lets hanoi speak for G02',
    })
    await vhost.onChannel((channel) => channel.purgeQueue(queueName(H26, 'status')))
    await run('axis provision')
    const nowhere = await run('axis probe', '--to', 'G77')
    expect(await told(nowhere)).to.deep.include({ says: 'G77 has no queue on this axis' })
  })

  it('probes in vain while its own software reads the answers', async () => {
    await vhost.onChannel(async (channel) => {
      await channel.consume(queueName(H26, 'status'), () => undefined)
      expect(await told(await run('axis probe'))).to.deep.equal({
        code: 1,
        steps: ['✔ connection', '✔ queues', '✘ alone'],
        says: 'already read axis.H26.status',
      })
    })
  })

  it('probes with success, sends a first document and gets its receipt, takes one and answers it', async () => {
    const entered = await run('agency add')
    expect(entered.code, entered.err).to.equal(0)
    await gateway.stop() // it would see the agency within a minute
    gateway = await new ServeProcess(join(folder, 'lienthong.json')).started()
    await vhost.onChannel((channel) =>
      Promise.resolve(channel.sendToQueue(queueName(H26, 'status'), Buffer.from('waiting'), { messageId: 'waits' })),
    )
    const probed = await run('axis probe')
    expect(await told(probed), probed.err).to.deep.equal({
      code: 0,
      steps: ['✔ connection', '✔ queues', '✔ alone', '✔ entitlement', '✔ publishing', '✔ answer'],
      says: '',
    })
    await until('what waited, and nothing else, in the queue', async () => (await vhost.ready(H26, 'status')) === 1)
    await vhost.onChannel((channel) => channel.purgeQueue(queueName(H26, 'status')))

    const partner = new PartnerProcess()
    try {
      await partner.tell('connect', access())
      const to = [{ wireCode: '000.00.00.G02', name: 'Bộ Công Thương' }]
      const attachments = [{ name: 'thu.txt', type: 'text/plain', octets: 100 }]
      const sent = await partner.tell<Written>('document', {
        to,
        documentId: '000.00.00.H26,2026,1',
        subject: 'V/v kết nối thử',
        attachments,
      })
      await partner.tell('publish', { handle: sent.handle, to: 'G02' })
      const receipt = await partner.tell<Arrived>('next')
      expect(receipt).to.deep.include({
        form: 'status',
        code: '01',
        answers: { sha256: sent.sha256, references: sent.references },
      })

      const [leased] = await until('the document in the inbox', async () => {
        const found = await ministry.lease()
        return found.length > 0 && found
      })
      write('first.edxml', await ministry.bytes(`/v1/inbox/${leased?.id}/envelope`))
      expect(sha256(readFileSync(join(folder, 'first.edxml')))).to.equal(sent.sha256)
      expect((await run('verify')).code).to.equal(0)

      const { body } = await ministry.submit(letter({ to: ['H26'] }), [textFile('Kính gửi UBND thành phố Hà Nội')])
      const arrived = await partner.tell<Arrived>('next')
      expect(arrived).to.include({ form: 'document', from: '000.00.00.G02' })
      const about = { organId: arrived.from, documentId: arrived.documentId }
      const answers = { sha256: arrived.sha256, references: arrived.references }
      const answer = await partner.tell<Written>('status', {
        about,
        code: '01',
        description: 'Văn bản đã đến',
        answers,
      })
      await partner.tell('publish', { handle: answer.handle, to: 'G02' })
      await until(
        'the receipt at the ministry',
        async () => (await ministry.document(body.id)).deliveries?.[0]?.state === 'received',
      )
    } finally {
      await partner.stop()
    }
  })

  // ---- what the story is told with ------------------------------------------------------------------------------------

  /** The command of the page that begins with these words, with the names of this test in place of the page's examples. */
  function run(words: string, ...more: string[]): Promise<Ended> {
    const line = page.split('\n').find((text) => text.startsWith(`lienthong ${words} `))
    if (line === undefined) throw new Error(`the page has no command lienthong ${words}`)
    const names: Readonly<Record<string, string>> = {
      'https://broker.example.vn:15671': new URL(required('LIENTHONG_TEST_RABBITMQ_API')).origin,
      'amqps://broker.example.vn:5671': amqps(),
      'axis-admin': vhost.broker.admin.user,
    }
    const args = [...line.slice('lienthong '.length).matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain = '']) => quoted ?? names[plain] ?? plain,
    )
    return lienthong([...args, ...(words.startsWith('axis') ? ['--vhost', vhost.name] : []), ...more], { cwd: folder })
  }

  const names: Readonly<Record<string, string>> = {
    'the broker lets the user in': 'connection',
    'the three queues of the agency are there': 'queues',
    'no other software reads them': 'alone',
    'the user cannot speak for the other agency': 'entitlement',
    'a message reaches the queue of the other agency': 'publishing',
    'the gateway of the other agency answers': 'answer',
  }

  async function told({ code, out, err }: Ended): Promise<{ code: number; steps: string[]; says: string }> {
    const steps = [...out.matchAll(/^ {2}([✔✘]) (.*) \(\d+ ms\)$/gm)].map(
      ([, mark = '', text = '']) => `${mark} ${names[text] ?? text}`,
    )
    const [, problem = ''] = /^lienthong: (.*)$/m.exec(err) ?? []
    expect(err === '' || /^ {2}→ .{20,}$/m.test(err), err).to.equal(true)
    const known = ['ACCESS_REFUSED', 'answer of G02', 'already read axis.H26.status'].find((text) =>
      problem.includes(text),
    )
    return { code, steps, says: known ?? problem }
  }

  function configuration(): Record<string, unknown> {
    const { host, port } = vhost.broker
    const key = { privateKeyFile: join(certs, 'g02-p256.key'), certificateFile: join(certs, 'g02-p256.crt') }
    return {
      http: { port: 0 },
      store: { file: 'g02.db' },
      axis: { kind: 'rabbitmq', urls: [`amqp://${host}:${port}`], vhost: vhost.name, passwordFile: 'g02.pw' },
      agencies: [{ code: 'G02', keys: [key] }],
      trust: { anchorsFiles: ['root.pem'] },
      directoryFile: 'directory.json',
      allowToyTrust: true,
    }
  }

  function amqps(): string {
    const { hostname, port } = new URL(required('LIENTHONG_TEST_AMQPS_URL'))
    return `amqps://${hostname}:${port}`
  }

  function access(): Record<string, unknown> {
    const { hostname: host, port } = new URL(amqps().replace('amqps', 'https'))
    const fingerprint = (name: string): string => sha256(new X509Certificate(readFileSync(join(certs, name))).raw)
    return {
      ...{ host, port: Number(port), vhost: vhost.name, user: 'hanoi', agency: 'H26' },
      password: readFileSync(join(folder, 'hanoi.pw'), 'utf8').trim(),
      tls: {
        ca: join(folder, 'broker-ca.pem'),
        certificate: join(folder, 'hanoi-client.crt'),
        key: join(folder, 'hanoi-client.key'),
      },
      me: { wireCode: '000.00.00.H26', name: 'UBND thành phố Hà Nội' },
      signer: { kind: 'ec', privateKeyFile: join(certs, 'h26-p256.key'), certificateFile: join(folder, 'h26.crt') },
      trust: join(folder, 'root.pem'),
      certificates: { '000.00.00.G02': [fingerprint('g02-p256.crt')], '000.00.00.H26': [fingerprint('h26-p256.crt')] },
    }
  }

  function write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(folder, name), content)
  }

  function copy(from: string, name: string): void {
    cpSync(from, join(folder, name))
  }
})
