/**
 * Directory: who takes part. One key for an agency everywhere inside, whatever form its code arrives in; certificates
 * are bound to agencies here and never by the text of their subject. A directory in memory is the one last loaded.
 */
export type { Agency, BoundCertificate, Contact, SignatureScheme } from './agency.ts'
export { Directory } from './directory.ts'
export { type DirectoryReport, enterAgencies } from './enter.ts'
export { parseDirectory } from './parse.ts'
