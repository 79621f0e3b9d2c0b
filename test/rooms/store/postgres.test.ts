import { silentLog } from '../../../src/base/index.ts'
import { openStore } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'
import { storeSuite } from './suite.ts'

const clock = new MovableClock()
const places: PostgresPlace[] = []

after(() => Promise.all(places.splice(0).map((place) => place.drop())))

storeSuite('PostgreSQL', async (options) => {
  const place = await postgresPlace()
  places.push(place)
  return openStore({ url: place.url, clock, log: silentLog, ...options })
})
