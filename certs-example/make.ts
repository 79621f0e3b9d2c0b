/** Makes the toy PKI of this folder anew: `npm run certs`. The list is fixed, the keys are random. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import forge from 'node-forge'
import { type Issued, issueCertificate, issueCrl, type KeyKind, TOY_MARK, type Usage } from './issue.ts'

interface ToyAgency {
  code: string
  wireCode: string
  name: string
  nameEn: string
  parent?: string
  contact: { organAdd: string; email: string; telephone: string; website: string }
  kinds: KeyKind[]
}

const contact = (label: string, organAdd: string): ToyAgency['contact'] => ({
  organAdd,
  email: `vanthu@${label}.example`,
  telephone: '024 0000 0000',
  website: `https://${label}.example`,
})

const every: KeyKind[] = ['p256', 'rsa', 'rsa3072', 'p384', 'ed25519']
const two: KeyKind[] = ['p256', 'rsa']

const agencies: ToyAgency[] = [
  {
    code: 'G02',
    wireCode: '000.00.00.G02',
    name: 'Bộ Công Thương',
    nameEn: 'Ministry of Industry and Trade',
    contact: contact('bct', '1 Phố Ví Dụ, Hà Nội'),
    kinds: every,
  },
  {
    code: 'G22',
    wireCode: '000.00.00.G22',
    name: 'Văn phòng Chính phủ',
    nameEn: 'Government Office',
    contact: contact('vpcp', '22 Phố Ví Dụ, Hà Nội'),
    kinds: every,
  },
  {
    code: 'G12',
    wireCode: '000.00.00.G12',
    name: 'Bộ Tài chính',
    nameEn: 'Ministry of Finance',
    contact: contact('btc', '12 Phố Ví Dụ, Hà Nội'),
    kinds: two,
  },
  {
    code: 'H26',
    wireCode: '000.00.00.H26',
    name: 'UBND thành phố Hà Nội',
    nameEn: "People's Committee of Hanoi",
    contact: contact('hanoi', '26 Phố Ví Dụ, Hà Nội'),
    kinds: two,
  },
  {
    code: 'G12.18',
    wireCode: '000.00.18.G12',
    name: 'Tổng cục Thuế',
    nameEn: 'General Department of Taxation',
    parent: 'G12',
    contact: contact('thue', '18 Phố Ví Dụ, Hà Nội'),
    kinds: two,
  },
  {
    code: 'G02.97',
    wireCode: '000.00.97.G02',
    name: 'Cục Thí dụ (đơn vị giả định)',
    nameEn: 'Example Department (invented unit)',
    parent: 'G02',
    contact: contact('thidu', '97 Phố Ví Dụ, Hà Nội'),
    kinds: two,
  },
]

const AUTHORITY: Usage[] = ['keyCertSign', 'cRLSign']
const SIGNING: Usage[] = ['digitalSignature', 'nonRepudiation']
const folder = import.meta.dirname
const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content)
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

const root = await issueCertificate({
  subject: { organization: 'Lienthong', unit: TOY_MARK, commonName: 'Lienthong Toy Root' },
  key: 'rsa3072',
  ca: {},
  keyUsage: AUTHORITY,
})
const issuing = await issueCertificate({
  subject: { organization: 'Lienthong', unit: TOY_MARK, commonName: 'Lienthong Toy Issuing CA' },
  issuer: root,
  key: 'rsa3072',
  ca: { pathLength: 0 },
  keyUsage: AUTHORITY,
})
save('root', root)
save('issuing', issuing)
write('trust.pem', root.certificatePem + issuing.certificatePem)

for (const agency of agencies)
  for (const kind of agency.kinds) await issueFor(agency, kind, `${agency.code.toLowerCase()}-${kind}`)

const ministry = agencies[0] as ToyAgency
await issueFor(ministry, 'p256', 'g02-expired', { notBefore: '2020-01-01', notAfter: '2025-01-01' })
await issueFor(ministry, 'p256', 'g02-notyet', { notBefore: '2035-01-01', notAfter: '2036-01-01' })
await issueFor(ministry, 'rsa1024', 'weak-rsa1024')
const revoked = await issueFor(ministry, 'p256', 'g02-revoked')
write('root.crl', await issueCrl(root, [], new Date('2026-01-01T00:00:00Z')))
write('issuing.crl', await issueCrl(issuing, [revoked], new Date('2026-06-01T00:00:00Z')))

const stranger = await issueCertificate({
  subject: { organization: 'Stranger', unit: TOY_MARK, commonName: 'Stranger Root, trusted by nobody' },
  ca: {},
  keyUsage: AUTHORITY,
})
save('stranger', stranger)
await issueFor(ministry, 'p256', 'stranger-g02', {}, stranger)

write('g02-rsa.p12', pkcs12(read('g02-rsa.key'), read('g02-rsa.crt')))
write('directory.json', `${JSON.stringify(agencies.map(directoryRow), undefined, 2)}\n`)

/** The chain file has the leaf first, then its issuer. */
async function issueFor(
  agency: ToyAgency,
  key: KeyKind,
  file: string,
  validity: { notBefore?: string; notAfter?: string } = {},
  issuer = issuing,
): Promise<Issued> {
  const leaf = await issueCertificate({
    subject: { organization: agency.name, code: agency.code, commonName: `${agency.name} (toy)` },
    issuer,
    key,
    keyUsage: SIGNING,
    ...(validity.notBefore === undefined ? {} : { notBefore: new Date(`${validity.notBefore}T00:00:00Z`) }),
    ...(validity.notAfter === undefined ? {} : { notAfter: new Date(`${validity.notAfter}T00:00:00Z`) }),
  })
  save(file, { ...leaf, certificatePem: leaf.certificatePem + issuer.certificatePem })
  return leaf
}

function save(file: string, issued: Issued): void {
  write(`${file}.crt`, issued.certificatePem)
  write(`${file}.key`, issued.privateKeyPem)
}

function directoryRow({ kinds, ...agency }: ToyAgency): object {
  return { ...agency, certificates: kinds.map((kind) => `${agency.code.toLowerCase()}-${kind}.crt`), local: false }
}

/** AES-256 bags under the password "example"; the friendly name is what tools show. */
function pkcs12(privateKeyPem: string, chainPem: string): Buffer {
  const chain = chainPem.split(/(?=-----BEGIN)/).map((pem) => forge.pki.certificateFromPem(pem))
  const key = forge.pki.privateKeyFromPem(privateKeyPem)
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, chain, 'example', { algorithm: 'aes256', friendlyName: 'g02-rsa' })
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary')
}
