#!/usr/bin/env -S node --max-semi-space-size=4
// A small young generation: what passes by the gigabyte is collected soon, and memory stays bounded (promise 7).
// The door of the command: plain JavaScript, so that an older Node can say in one sentence what it lacks.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `lienthong needs Node 22.18 or later and runs on ${process.versions.node}: start it through npm (npm run lienthong -- …), which brings its own Node.\n`,
  )
  process.exit(2)
}
const { main } = await import('./cli.ts')
await main(process.argv.slice(2))
