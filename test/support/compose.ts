import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { parse } from 'yaml'

const repository = join(import.meta.dirname, '../..')

/** What docker-compose.yml says, as far as it is used there. */
export interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>
  readonly configs: Readonly<Record<string, { readonly content: string }>>
}

export interface Service {
  readonly image?: string
  readonly build?: string
  readonly hostname?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly configs?: readonly { readonly source: string; readonly target: string }[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly read_only?: boolean
}

/** What an image starts, and with what: read from the Dockerfile. */
export interface Image {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
  readonly user: string
  /** What is copied into it from the repository. */
  readonly copied: readonly string[]
  /** What is copied there to build the pages of the console. */
  readonly copiedForPages: readonly string[]
}

/** @param given The variables that the file asks for. @throws when one is missing */
export function readCompose(given: Readonly<Record<string, string>>): Compose {
  const text = readFileSync(join(repository, 'docker-compose.yml'), 'utf8')
  const filled = text.replaceAll(/^(?!\s*#)(.*)\$\{(\w+):\?[^}]*\}/gm, (_all, before: string, name: string) => {
    const value = given[name]
    if (value === undefined) throw new Error(`docker-compose.yml asks for ${name}`)
    return `${before}${value}`
  })
  return parse(filled, { merge: true }) as Compose
}

export function readImage(): Image {
  const text = readFileSync(join(repository, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
  const last = text.slice(text.lastIndexOf('\nFROM '))
  const list = (instruction: RegExp): string[] => JSON.parse(instruction.exec(last)?.[1] ?? '[]') as string[]
  return {
    entrypoint: list(/^ENTRYPOINT (\[.*\])$/m),
    command: list(/^CMD (\[.*\])$/m),
    healthcheck: list(/^HEALTHCHECK .*?CMD (\[.*\])$/m),
    user: /^USER (.*)$/m.exec(last)?.[1] ?? 'root',
    copied: copiedIn(text),
    copiedForPages: copiedIn(/^FROM \S+ AS pages$[\s\S]*?(?=^FROM )/m.exec(text)?.[0] ?? ''),
  }
}

function copiedIn(text: string): string[] {
  return [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
}

/**
 * Runs what a service of the file would run in its container: the same words, the same environment and nothing else of
 * ours. Instead of a container it has this machine, so that what the file mounts is found where it lies, and `hosts` tells
 * which address has which name.
 */
export class Containers {
  readonly #compose: Compose
  readonly #image = readImage()
  readonly #hosts: Readonly<Record<string, string>>
  readonly #secrets: string
  readonly #running: ChildProcessByStdio<null, Readable, Readable>[] = []

  constructor(
    compose: Compose,
    given: Readonly<Record<string, string>>,
    hosts: Readonly<Record<string, string>>,
    folder: string,
  ) {
    this.#compose = compose
    this.#hosts = hosts
    this.#secrets = join(folder, 'secrets')
    mkdirSync(this.#secrets)
    for (const [name, { environment }] of Object.entries(compose.secrets))
      writeFileSync(join(this.#secrets, name), given[environment] ?? '', { mode: 0o600 })
  }

  /** `docker compose up` of one service. Resolves when it has ended. */
  run(name: string): Promise<Ended> {
    return this.#ended(name, [...this.#image.entrypoint, ...this.#commandOf(name)])
  }

  /** `docker compose exec`. */
  exec(name: string, command: readonly string[]): Promise<Ended> {
    return this.#ended(name, command)
  }

  /** The command by which docker finds out whether the service is well. */
  isHealthy(name: string): Promise<boolean> {
    return this.#ended(name, this.#image.healthcheck).then(({ code }) => code === 0)
  }

  /** `docker compose up` of a service that goes on. @returns what it writes */
  start(name: string): () => string {
    let written = ''
    const child = this.#spawn(name, [...this.#image.entrypoint, ...this.#commandOf(name)])
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (octets: Buffer) => (written += octets.toString()))
    this.#running.push(child)
    return () => written
  }

  /** `docker compose stop`. @returns the exit codes */
  stop(): Promise<(number | null)[]> {
    return Promise.all(
      this.#running.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        return ((await ended) as [number | null])[0]
      }),
    )
  }

  #commandOf(name: string): readonly string[] {
    return this.#service(name).command ?? this.#image.command
  }

  #service(name: string): Service {
    const service = this.#compose.services[name]
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`)
    return service
  }

  async #ended(name: string, command: readonly string[]): Promise<Ended> {
    const child = this.#spawn(name, command)
    let [out, err] = ['', '']
    child.stdout.on('data', (octets: Buffer) => (out += octets.toString()))
    child.stderr.on('data', (octets: Buffer) => (err += octets.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, err }
  }

  #spawn(name: string, [program = '', ...words]: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
    const { environment = {} } = this.#service(name)
    const env = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, this.#here(name, String(value))]),
    )
    const names = `--import=${join(import.meta.dirname, 'named-hosts.ts')}`
    const args = program === 'lienthong' ? [names, join(repository, 'src/lienthong.js')] : [names]
    return spawn(process.execPath, [...args, ...words.map((word) => this.#here(name, word))], {
      env: { ...env, LANG: 'C.UTF-8', TEST_HOSTS: JSON.stringify(this.#hosts) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Mounted paths as they are called outside; a secret only where the service was given it. */
  #here(name: string, text: string): string {
    const { volumes = [], secrets = [] } = this.#service(name)
    const mounts = [
      ...volumes
        .map((volume) => volume.split(':'))
        .map(([source = '', target = '']) => [target, resolve(repository, source)]),
      ...secrets.map((secret) => [`/run/secrets/${secret}`, join(this.#secrets, secret)]),
    ]
    return mounts.reduce((all, [target = '', source = '']) => all.replaceAll(target, source), text)
  }
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}
