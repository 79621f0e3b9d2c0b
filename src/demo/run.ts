import { relative } from 'node:path'
import { systemClock } from '../base/index.ts'
import type { Terminal } from '../cli/index.ts'
import { stopSignal } from '../main.ts'
import { makeIncidents } from './for-the-console.ts'
import { keep } from './keepsakes.ts'
import { Narrator } from './narrator.ts'
import { tellAboutConsole, tellAboutFiles, tellAboutGateways } from './next-steps.ts'
import { OutFolder } from './out-folder.ts'
import { tellStory } from './story.ts'
import { within } from './within.ts'
import { startWorld, type World } from './world.ts'

export interface DemoOptions {
  /** End when the story is told. */
  readonly once: boolean
  readonly portBase: number
  readonly out: string
}

/** Tells the story and ends, or stays up until it is stopped. @throws {GatewayError} the first step that failed */
export async function demo(terminal: Terminal, options: DemoOptions): Promise<void> {
  const stop = new AbortController()
  const stopping = stopSignal().then(() => stop.abort())
  const narrator = new Narrator(terminal)
  const out = new OutFolder(options.out)
  let world: World | undefined
  const startedAt = systemClock.now().getTime()
  try {
    world = await within(START_MS, 'the gateways did not start', stop.signal, () => startWorld(out, options.portBase))
    const { ministry, office } = world
    narrator.plain(
      'Lienthong: một văn bản đi từ Bộ Công Thương đến Văn phòng Chính phủ · one document from the Ministry to the Government Office',
    )
    narrator.plain(`  G02  Bộ Công Thương        ${ministry.gateway.url}  ECDSA P-256`)
    narrator.plain(`  G22  Văn phòng Chính phủ   ${office.gateway.url}  RSA PKCS#1 v1.5`)
    const exchanged = await tellStory(world, narrator, stop.signal)
    narrator.chapter(
      `5. Lưu và kiểm tra những gì đã trao đổi (${relative('.', out.path)}/)`,
      'Keep and check what was exchanged',
    )
    await keep(world, exchanged, out, narrator)
    await makeIncidents(world, narrator, stop.signal)
    narrator.plain('')
    narrator.plain(
      `Mọi bước đều thành công · Every step succeeded, in ${((systemClock.now().getTime() - startedAt) / 1000).toFixed(1)} s.`,
    )
    tellAboutFiles(narrator, out)
    if (options.once) return
    await tellAboutConsole(narrator, world)
    tellAboutGateways(narrator, world, out, exchanged)
    await stopping
  } finally {
    await world?.stop()
    out.release()
  }
}

const START_MS = 30_000
