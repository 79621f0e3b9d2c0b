/** Message: the vocabulary. Identifiers, documents and statuses, transport states. Knows no XML, no database, no broker. */
export {
  type AgencyCode,
  type DocumentId,
  defaultDocumentId,
  documentId,
  type EnvelopeId,
  findAgencyCode,
  fromThirteenCharacterForm,
  thirteenCharacterForm,
} from './codes.ts'
export {
  type AttachmentDescription,
  type Bussiness,
  type BussinessDocumentInfo,
  type DocumentMessage,
  isProcessingStatus,
  type Message,
  type Operation,
  type OtherInfo,
  operations,
  type Party,
  type ProcessingStatus,
  processingStatuses,
  type ReadingWarning,
  type ReplacementInfo,
  type ResponseFor,
  type StaffInfo,
  type StatusMessage,
  type TraceHeader,
} from './message.ts'
export { type DeliverySettings, type Lane, laneOf, lanes, mayFollow, successors, type TransportState } from './transport.ts'
