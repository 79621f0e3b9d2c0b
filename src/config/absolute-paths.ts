import { resolve } from 'node:path'
import type { AxisSettings, KeySettings, Settings, StoreSettings } from './schema.ts'

/** The settings with each path made absolute, seen from `folder`. */
export function withAbsolutePaths(config: Settings, folder: string): Settings {
  const absolute = (path: string): string => resolve(folder, path)
  const { tls } = config.http
  const { intermediatesFile } = config.trust
  return {
    ...config,
    http: { ...config.http, ...(tls && { tls: { keyFile: absolute(tls.keyFile), certFile: absolute(tls.certFile) } }) },
    store: storeWith(config.store, absolute),
    axis: axisWith(config.axis, absolute),
    agencies: config.agencies.map((agency) => ({
      ...agency,
      keys: agency.keys.map((key) => keyWith(key, absolute)),
    })),
    trust: {
      ...config.trust,
      anchorsFiles: config.trust.anchorsFiles.map(absolute),
      congVuFiles: config.trust.congVuFiles.map(absolute),
      congCongFiles: config.trust.congCongFiles.map(absolute),
      revocation: { ...config.trust.revocation, crlFiles: config.trust.revocation.crlFiles.map(absolute) },
      ...(intermediatesFile !== undefined && { intermediatesFile: absolute(intermediatesFile) }),
    },
    ...(config.directory !== undefined && {
      directory: { ...config.directory, operatorFiles: config.directory.operatorFiles.map(absolute) },
    }),
    metrics: config.metrics.tokenFile === undefined ? {} : { tokenFile: absolute(config.metrics.tokenFile) },
    ...(config.directoryFile !== undefined && { directoryFile: absolute(config.directoryFile) }),
  }
}

function keyWith(key: KeySettings, absolute: (path: string) => string): KeySettings {
  const { certificateFile } = key
  const certificate = certificateFile === undefined ? {} : { certificateFile: absolute(certificateFile) }
  if ('token' in key) {
    const { moduleFile, pinFile } = key.token
    const token = { ...key.token, moduleFile: absolute(moduleFile), pinFile: absolute(pinFile) }
    return { ...key, ...certificate, token }
  }
  const { passwordFile } = key
  const files = { ...certificate, ...(passwordFile !== undefined && { passwordFile: absolute(passwordFile) }) }
  return 'pkcs12File' in key
    ? { ...key, ...files, pkcs12File: absolute(key.pkcs12File) }
    : { ...key, ...files, privateKeyFile: absolute(key.privateKeyFile) }
}

function storeWith(store: StoreSettings, absolute: (path: string) => string): StoreSettings {
  if ('file' in store) return { file: store.file === ':memory:' ? ':memory:' : absolute(store.file) }
  return { ...store, ...(store.passwordFile !== undefined && { passwordFile: absolute(store.passwordFile) }) }
}

function axisWith(axis: AxisSettings, absolute: (path: string) => string): AxisSettings {
  if (axis.kind === 'embedded') return axis
  const { tls } = axis
  return {
    ...axis,
    passwordFile: absolute(axis.passwordFile),
    ...(tls && {
      tls: {
        caFile: absolute(tls.caFile),
        ...(tls.certFile !== undefined && { certFile: absolute(tls.certFile) }),
        ...(tls.keyFile !== undefined && { keyFile: absolute(tls.keyFile) }),
      },
    }),
  }
}
