const KIB = 1024
const MIB = 1024 * KIB

/**
 * Every bound of the gateway in one place (promise 7). What exceeds one gets the named error in the comment.
 * Bytes are octets, characters are UTF-16 units, waits are milliseconds.
 */
export const limits = {
  /** Chunk 0: everything before `<AttachmentEncoded`. → envelope-too-large */
  headBytes: 1 * MIB,
  /** One content chunk is one broker message. → part-too-large */
  chunkBytes: 256 * KIB,
  chunkBytesMax: 1 * MIB,
  /** A document that only the whole-document path can read (URI="", unusual attachment markup). → envelope-too-large */
  wholeDocumentBytes: 8 * MIB,
  /** One package, all attachments, as it travels. → document-too-large */
  envelopeBytes: 4 * 1024 * MIB,
  attachments: 100,
  attachmentNameCharacters: 500,
  recipients: 200,
  /** Structure of the skeleton. → structure-limit */
  elements: 20_000,
  depth: 32,
  attributesPerElement: 16,
  attributes: 5_000,
  namespaceDeclarations: 64,
  /** Exclusive canonicalization may write a namespace name again at every element. */
  namespaceNameOctets: 200,
  canonicalBytes: 64 * MIB,
  references: 16,
  textCharacters: 100_000,
  certificatesInKeyInfo: 8,
  /** Signed text longer than this is read in a worker thread. */
  examineHereBytes: 128 * KIB,
  examineWorkers: 2,
  /** After this many octets a worker makes room for a new one, because WebAssembly memory never shrinks. */
  examineWorkerBytes: 256 * MIB,
  /** One certificate. → certificate-malformed */
  certificateBytes: 32 * KIB,
  /** One PEM text of certificates. → certificate-malformed */
  certificatesInFile: 1_000,
  /** Leaf to anchor, both counted; and signatures tried while looking for a path. → certificate-untrusted */
  certificatePathLength: 8,
  pathSignatureChecks: 64,
  /** Certificates looked at while paths are searched, each time one stands in another path. → certificate-untrusted */
  pathSteps: 512,
  /** Alternative names, subtrees and distribution points of one certificate; and its policies. → certificate-malformed */
  namesInCertificate: 256,
  policiesInCertificate: 64,
  /** One CRL; one OCSP response and its answers. → revocation-data-unusable */
  crlBytes: 32 * MIB,
  /** A longer list is read in a thread of its own, with so much heap. */
  crlHereBytes: 128 * KIB,
  crlWorkerMib: 256,
  ocspBytes: 64 * KIB,
  ocspAnswers: 32,
  /** An OCSP response that does not say how long it holds, holds so long; and clocks of responders may differ from ours. */
  ocspAgeMs: 24 * 60 * 60 * 1000,
  revocationSkewMs: 5 * 60 * 1000,
  /** Fetching one CRL or OCSP response, with all redirects. → revocation-source-unavailable */
  fetchMs: 20_000,
  fetchRedirects: 3,
  fetchesAtOnce: 8,
  /** Chains in which one pass looks for addresses; and failures after which an address that nobody names is forgotten. */
  chainsAtOnce: 200,
  /** A chain that was not found is looked for again after so long. */
  chainAgainMs: 10 * 60_000,
  forgottenAfter: 50,
  /** What an address gave is forgotten so long after it expired, when nobody names the address any more. */
  revocationExpiredMs: 24 * 60 * 60 * 1000,
  /** So long after the death of a process another one fetches. */
  fetchLeaseMs: 60_000,
  /** What was fetched rests at least so long, and at most so long, before it is fetched again. */
  fetchRestMs: 60_000,
  crlRestMs: 6 * 60 * 60 * 1000,
  ocspRestMs: 60 * 60 * 1000,
  /** Authorities that vouch for each other's CRLs, one above the other. → undetermined */
  crlSignerDepth: 3,
  rsaModulusBitsMax: 8_192,
  /** A verification by a longer exponent costs a hundred times as much; nobody needs one. */
  rsaExponentBitsMax: 32,
  /** Leaves whose path is remembered, and certificates; what was unused for longest is forgotten first. */
  trustVerdicts: 4_096,
  /** One signed directory. → directory-malformed */
  directoryBytes: 16 * MIB,
  directoryAgencies: 100_000,
  /** Octets of it on the axis, a part each. */
  directoryPartBytes: 256 * KIB,
  /** One PKCS#12 file. → key-unusable */
  pkcs12Bytes: 1 * MIB,
  pkcs12Iterations: 2_000_000,
  /** One call to a token. A token that takes longer is stuck, and is asked nothing more until it answers. → key-token-unavailable */
  tokenCallMs: 20_000,
  /** Signatures that wait for one token. → key-token-unavailable */
  tokenCallsWaiting: 1_000,
  /** One REST JSON body, or the `document` part of a submission. → request-too-large */
  jsonBytes: 1 * MIB,
  /** → request-invalid */
  jsonDepth: 16,
  /** What may stand around the text of a form's part: its header, and what comes before the first one. → request-too-large */
  formHeaderBytes: 64 * KIB,
  pageSize: 100,
  /** Staging of what is not verified yet. → stage-quota-exceeded */
  stagesPerSender: 200,
  unverifiedBytesPerSender: 64 * MIB,
  /** One incident of a full quota is noted per sender in this time. */
  quotaIncidentMs: 60 * 60 * 1000,
  /** What is not believed is kept whole up to here, so that it can be judged again; of the rest only the head is. */
  quarantinePackageBytes: 16 * MIB,
  quarantineBytesPerSender: 256 * MIB,
  stageLifetimeMs: 24 * 60 * 60 * 1000,
  /** Inbox leases. */
  leaseDocuments: 50,
  leaseMs: 5 * 60 * 1000,
  leaseMsMax: 60 * 60 * 1000,
  /** Outgoing attempts. */
  backoffFirstMs: 2_000,
  backoffCapMs: 15 * 60 * 1000,
  unknownFailureAttempts: 5,
  /** So long after the death of a process another attempt begins; who lives holds on to it meanwhile. */
  sendLeaseMs: 60_000,
  sendBatch: 12,
  /** Failures of a recipient, one after another, until its circuit opens; the wait before a probe, and its cap. */
  circuitFailures: 5,
  circuitProbeMs: 10_000,
  circuitProbeMsMax: 5 * 60_000,
  /** A circuit that opens again sooner goes on with the waits it had. */
  circuitCalmMs: 10 * 60_000,
  /** Attempts under way at once in one lane; and for one recipient, who may exceed it by one batch less one. */
  sendConcurrency: 32,
  sendPerRecipient: 8,
  /** Parts of one package on their way to the broker at once. */
  publishWindow: 4,
  /** Ranges in one list of missing parts. → contract-violation */
  missingRanges: 1_000,
  receiveBatch: 20,
  /** Packages judged at once in one lane. */
  receiveConcurrency: 8,
  /** Whole packages of one lane that wait to be judged; beyond it, parts stay in the queue. */
  receiveBacklog: 64,
  receivePrefetch: 16,
  receiveLeaseMs: 60_000,
  notifyBatch: 100,
  /** A status whose document is unknown is matched again until it is this old (BR-13). */
  statusMatchMs: 24 * 60 * 60 * 1000,
  /** An operator's command: named items, shown outcomes, items changed in one transaction. → request-invalid */
  commandItems: 1_000,
  commandSamples: 100,
  commandBatch: 100,
  commandsAtOnce: 10,
  /** What an operator or a policy holds expires after so long, unless the operator says otherwise. */
  heldMs: 3 * 24 * 60 * 60 * 1000,
  heldMsMax: 30 * 24 * 60 * 60 * 1000,
  loopWaitMs: 1_000,
  sweepMs: 60_000,
  sweepBatch: 100,
  publishTimeoutMs: 30_000,
  /** Parts of one package on the axis. → contract-violation */
  partsPerPackage: 20_000,
  /** Parts that one subscription has in hand. */
  prefetch: 1_000,
  /** A part that was refused rests so long before it is delivered again. */
  redeliveryWaitMs: 1_000,
  /** After each further refusal it rests twice as long; far below the broker's patience for an acknowledgement (30 min). */
  redeliveryWaitMsMax: 5 * 60_000,
  /** RabbitMQ: opening a connection, one call on it, and its way back after it was lost. → broker-unavailable */
  brokerConnectMs: 10_000,
  brokerCallMs: 10_000,
  brokerCloseMs: 2_000,
  brokerBackoffFirstMs: 500,
  brokerBackoffCapMs: 30_000,
  brokerHeartbeatSeconds: 20,
  /** Parts of one connection that the broker has not confirmed yet; further ones wait, at most `publishTimeoutMs`. */
  publishesInFlight: 256,
  publishOctetsInFlight: 16 * MIB,
  publishesWaiting: 2_000,
  /** One queue on RabbitMQ, as `axis provision` bounds it, and how often a part may come back to it before it is dead. */
  axisQueueParts: 200_000,
  axisQueueBytes: 4 * 1024 * MIB,
  axisDeadBytes: 1024 * MIB,
  axisDeliveries: 1_000,
  managementMs: 15_000,
  /** One queue of the embedded axis, which is memory. → broker-full; above the flow mark, confirms wait for the consumers. */
  embeddedQueueParts: 20_000,
  embeddedQueueBytes: 64 * MIB,
  embeddedFlowBytes: 8 * MIB,
  embeddedFlowWaitMs: 5_000,
  /** The signing time claimed by a sender may be this far from our clock. → signing-time-out-of-bounds */
  signingTimeAheadMs: 10 * 60 * 1000,
  signingTimeBehindMs: 30 * 24 * 60 * 60 * 1000,
  /** Our clock is told to be off when partners disagree by more; those count that were heard in this time. */
  clockToleranceMs: 60_000,
  clockWitnessMs: 60 * 60 * 1000,
  drainMs: 20_000,
  /** One HTTP connection: its header, its trailer, and the requests sent ahead on it. → request-too-large, too-many-requests */
  httpConnections: 1_000,
  httpHeaderBytes: 16 * KIB,
  httpHeaders: 100,
  httpPipelined: 16,
  /** → request-too-slow: a header, and a whole request. */
  httpHeadersMs: 15_000,
  httpRequestMs: 2 * 60 * 60_000,
  /** A body that is no form must be whole within this time; a form must go on by so many octets in it. → request-too-slow */
  httpBodyWindowMs: 30_000,
  httpBodyWindowBytes: 32 * KIB,
  /** A connection on which nothing moves, which waits for a further request, or which was refused. */
  httpIdleMs: 2 * 60_000,
  httpKeepAliveMs: 10_000,
  httpLingerMs: 5_000,
  /** What is read on of a refused upload, so that its client hears why. */
  drainedUploadBytes: 16 * MIB,
  /** Clients whose requests are counted. */
  rateLimitedClients: 10_000,
  /** The readiness question to a dependency, and how long its answer serves. */
  readinessMs: 2_000,
  readinessAgeMs: 1_000,
  /** A password of the console: its length, and what scrypt costs for it (32 MiB; OWASP's equal of 2^17, 8, 1). */
  passwordCharacters: 12,
  passwordScrypt: { cost: 2 ** 15, blockSize: 8, parallelization: 3 },
  passwordsAtOnce: 2,
  oneTimePasswordMs: 7 * 24 * 60 * 60 * 1000,
  /** A session of the console ends after so long without a request, and after so long anyway. */
  sessionIdleMs: 30 * 60 * 1000,
  sessionMs: 12 * 60 * 60 * 1000,
  sessionSeenMs: 60_000,
  /** Logins tried before each further one has to wait, twice as long each time; forgotten after a day. → login-throttled */
  loginTries: 5,
  loginTriesOfName: 30,
  loginTriesOfAddress: 50,
  loginWaitMs: 15_000,
  loginWaitMsMax: 15 * 60 * 1000,
  loginMemoryMs: 24 * 60 * 60 * 1000,
  /** The store. → store-unavailable */
  transactionMs: 30_000,
  transactionsWaiting: 10_000,
  /** One commit serves as many transactions as this, or as begin within this time. */
  groupCommitUnits: 64,
  groupCommitMs: 20,
  storeBusyMs: 5_000,
  preparedStatements: 500,
  /** Connections of one process to PostgreSQL. Units never wait for a reader, nor readers for a unit. */
  postgresWriters: 8,
  postgresReaders: 4,
  postgresConnectMs: 5_000,
  postgresIdleMs: 60_000,
  /** Beyond its own deadline for a statement, PostgreSQL may be so late with its answer. */
  postgresGraceMs: 5_000,
  /** How often a unit that PostgreSQL ended to undo a deadlock is run again. */
  transactionRuns: 10,
  /** The wait before the second run; longer before each further one. */
  transactionRerunMs: 20,
  /** Rows in memory while a store is copied; of those that may hold a chunk, fewer. */
  copyRows: 500,
  copyLargeRows: 16,
  /** Content older than this gets no partition of its own when it is copied. */
  copyMonths: 240,
  /** Months for which `content` has a partition before they begin. */
  contentMonthsAhead: 2,
  /** Rows of evidence looked at in one sweep for those whose envelope is gone. */
  evidenceRows: 500,
  /** Free pages of 4 KiB given back by one compaction. */
  compactPages: 4096,
  /** What the console reads for one page: rows looked at, and when it is full to count; what is counted at most; lines of a list of groups. */
  deskLooks: 20_000,
  deskCountLooks: 2_500,
  deskCount: 1_000,
  deskRows: 200_000,
  deskGroups: 200,
  deskAgencies: 1_000,
  /** Metrics: partners and agencies that have labels of their own, and steps of events counted for one answer. */
  metricPartners: 100,
  metricAgencies: 200,
  metricTurns: 100,
  /** Long work asked for in the console: rows of one step, octets of one export, how long it is kept and claimed. */
  jobRows: 500,
  /** Pages of the audit that one step of a check walks. */
  jobPages: 10,
  jobOctets: 256 * MIB,
  jobKeptMs: 24 * 60 * 60 * 1000,
  jobLeaseMs: 10 * 60_000,
  jobsShown: 50,
  /** Live streams: how many, of one session, what one may owe; events looked at in one turn, and missed at most. */
  streams: 200,
  streamsPerSession: 6,
  streamOctets: 256 * KIB,
  streamTurnMs: 1_000,
  streamBeatMs: 15_000,
  /** What moved a job may be committed so long after the time it bears: a unit takes its time, and clocks differ. */
  streamLateMs: 60_000,
  /** Then it is ended, and the browser comes again, with the rights that its user has by then. */
  streamMs: 10 * 60_000,
  streamEvents: 5_000,
  streamDocuments: 200,
  /** Readings of documents that are remembered, and the pause after which one begins anew. */
  deskReadings: 10_000,
  deskReadingMs: 10 * 60 * 1000,
  deskSteps: 800,
  /** A larger package is not verified again to be shown. */
  deskVerifiedBytes: 64 * MIB,
  /** Documents in one bucket of the words, words of one document, letters of one word. */
  searchBucket: 4_096,
  searchWordsPerDocument: 200,
  searchWordCharacters: 40,
  /** Events that follow what happened for the console are read in such steps, and after such a pause. */
  followRows: 1_000,
  followMs: 2_000,
  /** Rows numbered by one transaction of the sequencer. */
  sequenceRows: 500,
  /** A sequencer that falls silent for this long loses its turn. */
  sequenceTurnMs: 30_000,
  /** One attached PDF. Beyond any of these its signatures are `undetermined`, with the reason. */
  pdfBytes: 128 * MIB,
  pdfSections: 256,
  pdfObjects: 500_000,
  pdfDepth: 64,
  pdfTokens: 20_000_000,
  pdfStreamBytes: 32 * MIB,
  pdfInflatedBytes: 96 * MIB,
  pdfDigestedBytes: 1024 * MIB,
  pdfSignatures: 64,
  pdfContentsBytes: 4 * MIB,
  /** Changes after one signature that its report lists; all of them are judged. */
  pdfChangesTold: 200,
  cmsDepth: 32,
  cmsValues: 1_000,
  cmsCertificates: 32,
  /** A ZIP around one attachment may unpack to so many times its length. */
  zipRatio: 200,
  /** One attachment in the thread that examines it: its time. */
  pdfExamineMs: 60_000,
  /** After one that exhausted its reader: what the next of the same sender gets, how long its others rest, and until when that is remembered. */
  pdfExamineAgainMs: 10_000,
  pdfRestMs: 10 * 60_000,
  pdfCalmMs: 6 * 60 * 60_000,
  pdfStrainedSenders: 1_000,
  /** The heap of that thread. */
  pdfWorkerMib: 256,
  /** Attachments claimed at once to be judged; the PDFs among them one after another. */
  reportBatch: 32,
  /** Who takes longer loses the claim, and the other's result counts. */
  reportLeaseMs: 10 * 60_000,
  /** Signers of attachments whose revocation data are fetched. */
  awaitedSigners: 1_000,
  /** An attachment for whose signers nothing was known of revocation is judged again after these times. */
  reportAgainMs: [10 * 60_000, 60 * 60_000, 6 * 60 * 60_000, 24 * 60 * 60_000],
} as const
