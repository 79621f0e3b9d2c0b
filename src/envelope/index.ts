/**
 * Envelope: edXML on the wire ↔ message in memory. What is written follows the standard to the letter and was checked
 * before it was signed; what is read was verified before it was parsed. Schemas in `schemas/`, rules in `rules.md` there.
 */
export { AttachmentWriter, type WrittenAttachments } from './attachment-writer.ts'
export { findCivilDate } from './dates.ts'
export { findSecretMarkInHead } from './head-mark.ts'
export { type ReadEnvelope, readEnvelope } from './read.ts'
export { findSecretMark, type SecretMark } from './secret-mark.ts'
export { type WrittenHead, writeDocument, writeStatus } from './write.ts'
