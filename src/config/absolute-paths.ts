import { resolve } from 'node:path'
import type { Settings, StoreSettings } from './schema.ts'

/** The settings with each path made absolute, seen from `folder`. */
export function withAbsolutePaths(config: Settings, folder: string): Settings {
  const absolute = (path: string): string => resolve(folder, path)
  const { tls } = config.http
  const { intermediatesFile } = config.trust
  return {
    ...config,
    http: { ...config.http, ...(tls && { tls: { keyFile: absolute(tls.keyFile), certFile: absolute(tls.certFile) } }) },
    store: storeWith(config.store, absolute),
    agencies: config.agencies.map((agency) => ({
      ...agency,
      keys: agency.keys.map((key) => ({
        ...key,
        privateKeyFile: absolute(key.privateKeyFile),
        certificateFile: absolute(key.certificateFile),
      })),
    })),
    trust: {
      anchorsFiles: config.trust.anchorsFiles.map(absolute),
      ...(intermediatesFile !== undefined && { intermediatesFile: absolute(intermediatesFile) }),
    },
    ...(config.directoryFile !== undefined && { directoryFile: absolute(config.directoryFile) }),
  }
}

function storeWith(store: StoreSettings, absolute: (path: string) => string): StoreSettings {
  if ('file' in store) return { file: store.file === ':memory:' ? ':memory:' : absolute(store.file) }
  return { ...store, ...(store.passwordFile !== undefined && { passwordFile: absolute(store.passwordFile) }) }
}
