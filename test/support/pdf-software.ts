import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Issued } from './pki.ts'

export interface SignOptions {
  readonly by: Issued
  /** As the JDK calls it: `SHA256withRSA`, `SHA256withRSAandMGF1`, `SHA256withECDSA`. */
  readonly algorithm?: string
  readonly subFilter?: string
  readonly at?: Date
  /** DocMDP: 1 to 3; 0 is an approval signature. */
  readonly permission?: 0 | 1 | 2 | 3
  /** Puts a time stamp inside of the signature. */
  readonly stampedBy?: Issued
  /** The document is tagged, and its structure gains the signature; what else happens to it is told by a twist. */
  readonly tagged?: string
}

/** PDFBox and Bouncy Castle in a Java process, and Poppler's pdfsig with an NSS database: nothing of ours in either. */
export class PdfSoftware {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lienthong-pdf-'))
  readonly #java: ChildProcess
  readonly #answers: AsyncIterator<string>
  #files = 0
  #nss: string | undefined

  constructor() {
    const jars = ['pdfbox2', 'fontbox2', 'commons-logging', 'bcprov', 'bcpkix', 'bcutil']
    const path = jars.map((jar) => `/usr/share/java/${jar}.jar`).join(':')
    const source = join(import.meta.dirname, 'PdfSigner.java')
    this.#java = spawn('java', ['-XX:TieredStopAtLevel=1', '-cp', path, source], { stdio: ['pipe', 'pipe', 'ignore'] })
    if (this.#java.stdout === null) throw new Error('java has no output')
    this.#answers = createInterface({ input: this.#java.stdout })[Symbol.asyncIterator]()
  }

  close(): void {
    this.#java.stdin?.end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** A new document of so many pages. */
  async make(pages = 1): Promise<Buffer> {
    const out = this.#file()
    await this.#ask('make', out, String(pages))
    return readFileSync(out)
  }

  /** Signs as a further saving of the file. */
  async sign(pdf: Uint8Array, options: SignOptions): Promise<Buffer> {
    const { by, algorithm = 'SHA256withRSA', subFilter = 'ETSI.CAdES.detached', permission = 0 } = options
    const [key, chain, out] = [this.#file(by.privateKeyPem), this.#file(by.certificatePem), this.#file()]
    const time = String((options.at ?? new Date('2026-11-21T01:00:00Z')).getTime())
    const { stampedBy, tagged } = options
    const stamp =
      stampedBy === undefined ? [] : [this.#file(stampedBy.privateKeyPem), this.#file(stampedBy.certificatePem)]
    const job = [this.#file(pdf), out, key, chain, algorithm, subFilter, time, String(permission), ...stamp]
    await (tagged === undefined ? this.#ask('sign', ...job) : this.#ask('sign-tagged', ...job, tagged))
    return readFileSync(out)
  }

  /** A further saving that is no signature. */
  async edit(pdf: Uint8Array, what: 'page' | 'annotation' | 'metadata'): Promise<Buffer> {
    const out = this.#file()
    await this.#ask('edit', this.#file(pdf), out, what)
    return readFileSync(out)
  }

  /** The same document with its objects in compressed streams. */
  compressed(pdf: Uint8Array): Buffer {
    const out = this.#file()
    execFileSync('qpdf', ['--object-streams=generate', this.#file(pdf), out])
    return readFileSync(out)
  }

  /** Signs with RSA by Poppler and NSS. */
  signByPoppler(pdf: Uint8Array, by: Issued, root: Issued): Buffer {
    const out = this.#file()
    const nss = this.#nssWith(by, root)
    execFileSync('pdfsig', ['-nssdir', nss, '-add-signature', '-nick', 'signer', this.#file(pdf), out], {
      stdio: 'ignore',
    })
    return readFileSync(out)
  }

  /** What Poppler says of each signature. */
  judgeByPoppler(pdf: Uint8Array, root: Issued): string[] {
    const nss = this.#nssWith(undefined, root)
    const { stdout } = spawnSync('pdfsig', ['-nssdir', nss, this.#file(pdf)], { encoding: 'utf8' })
    return [...stdout.matchAll(/Signature Validation: (.*)/g)].map(([, verdict = '']) => verdict)
  }

  #nssWith(by: Issued | undefined, root: Issued): string {
    if (this.#nss === undefined || by !== undefined) {
      const folder = mkdtempSync(join(this.#folder, 'nss-'))
      const nss = `sql:${folder}`
      execFileSync('certutil', ['-N', '-d', nss, '--empty-password'])
      execFileSync('certutil', [
        '-A',
        '-d',
        nss,
        '-t',
        'CT,C,C',
        '-n',
        'root',
        '-a',
        '-i',
        this.#file(root.certificatePem),
      ])
      if (by !== undefined) {
        const [p12, pem] = [this.#file(), this.#file(by.privateKeyPem + by.certificatePem)]
        execFileSync('openssl', [
          'pkcs12',
          '-export',
          '-in',
          pem,
          '-out',
          p12,
          '-name',
          'signer',
          '-passout',
          'pass:toy',
        ])
        execFileSync('pk12util', ['-i', p12, '-d', nss, '-W', 'toy', '-K', ''], { stdio: 'ignore' })
      }
      this.#nss = folder
    }
    return this.#nss
  }

  #file(content?: Uint8Array | string): string {
    const path = join(this.#folder, `file-${this.#files++}`)
    if (content !== undefined) writeFileSync(path, content)
    return path
  }

  async #ask(...job: string[]): Promise<void> {
    this.#java.stdin?.write(`${job.join('\t')}\n`)
    const answer = await this.#answers.next()
    if (answer.value !== 'done') throw new Error(`the PDF software cannot ${job[0]}: ${answer.value}`)
  }
}
