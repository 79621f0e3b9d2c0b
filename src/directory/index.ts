/**
 * Directory: who takes part. One key for an agency everywhere inside, whatever form its code arrives in; certificates
 * are bound to agencies here and never by the text of their subject. A directory in memory is the one last loaded. A signed
 * directory of the axis is believed only by the operator's pinned certificate, and applied wholly or not at all.
 */
export type { Agency, BoundCertificate, Contact, SignatureScheme } from './agency.ts'
export {
  applySigned,
  type DirectorySource,
  type KeptDirectory,
  keepSigned,
  newestSigned,
  versionInForce,
} from './apply.ts'
export { type AgencyDifference, differences } from './diff.ts'
export { Directory } from './directory.ts'
export { type DirectoryReport, enterAgencies } from './enter.ts'
export { parseDirectory } from './parse.ts'
export {
  type DirectoryTrust,
  directoryMediaType,
  readSignedDirectory,
  type SignedDirectory,
  signDirectory,
} from './signed-document.ts'
