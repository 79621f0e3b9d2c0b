import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { required } from '../support/rabbitmq.ts'

const script = join(import.meta.dirname, '../../scripts/services')

/** Ends RabbitMQ or PostgreSQL, in order or by SIGKILL, and starts it on the same data. */
export async function restartService(name: 'rabbitmq' | 'postgresql', how: 'clean' | 'kill'): Promise<void> {
  required('LIENTHONG_TEST_SERVICES_DIR') // what the environment names cannot be killed
  await promisify(execFile)(script, ['restart', ...(how === 'kill' ? ['--kill'] : []), name])
}
