/** Below this the collector is good enough. */
const LARGE_BYTES = 64 * 1024

/**
 * Gives the memory of a large buffer back now, instead of at some later collection: chunks pass by the thousand, and
 * what the collector lets pile up between two passes would grow with the size of a document (promise 7). The caller is
 * the last one who holds the bytes; they are gone afterwards. Views of a larger buffer are left alone.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (!(buffer instanceof ArrayBuffer) || bytes.byteLength < LARGE_BYTES) return
  if (bytes.byteLength === buffer.byteLength && !buffer.detached) buffer.transfer(0)
}
