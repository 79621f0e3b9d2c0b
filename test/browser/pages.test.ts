/** What is built: small, from nowhere else, and in both languages. */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { catalogue } from '../../src/console/web/words/index.ts'

const dist = new URL('../../src/console/web/dist/', import.meta.url)
const built = readdirSync(dist, { recursive: true, encoding: 'utf8' })
const bytesOf = (name: string): Buffer => readFileSync(new URL(name, dist))

describe('the pages of the console', () => {
  it('come with at most 200 KB of JavaScript, compressed', () => {
    const scripts = built.filter((name) => name.endsWith('.js'))
    const octets = scripts.reduce((sum, name) => sum + gzipSync(bytesOf(name)).length, 0)
    expect(octets)
      .to.be.greaterThan(0)
      .and.at.most(200 * 1024)
  })

  it('begin with a file that holds no code and no style, and names nothing outside', () => {
    const page = bytesOf('index.html').toString()
    expect(page).not.to.match(/<style|style=|\son\w+=|https?:/)
    expect([...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code?.trim())).to.deep.equal([''])
  })

  it('fetch no font, picture or style from outside', () => {
    const styles = built.filter((name) => name.endsWith('.css')).map((name) => bytesOf(name).toString())
    const addresses = styles.flatMap((style) =>
      [...style.matchAll(/url\(([^)]*)\)/g)].map(([, address = '']) => address),
    )
    expect(addresses.filter((address) => !/^["']?\/console\/assets\/|^#/.test(address))).to.deep.equal([])
  })

  it('say everything in Vietnamese and in English, composed (NFC)', () => {
    const texts = Object.entries(catalogue).flatMap(([key, [vi, en]]) => [
      [key, vi],
      [key, en],
    ])
    expect(texts.filter(([, text = '']) => text.trim() === '' || text !== text.normalize('NFC'))).to.deep.equal([])
  })
})
