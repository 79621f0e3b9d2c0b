-- The journey of one document. Instants are BIGINT milliseconds UTC; ids are ours and sort by time.
-- Destroying an envelope's content (recall, secret marks) deletes its content rows and blanks its header fields;
-- digests, keys of repeats and the audit chain outlive it.

CREATE TABLE agency (
  code TEXT PRIMARY KEY,
  wire_code TEXT NOT NULL,
  name TEXT NOT NULL,
  name_en TEXT,
  parent TEXT,
  local INTEGER NOT NULL DEFAULT 0,
  broker_user TEXT,
  signature_scheme TEXT,
  ed25519_agreed INTEGER NOT NULL DEFAULT 0,
  contact TEXT NOT NULL DEFAULT '{}',
  valid_from BIGINT,
  valid_to BIGINT,
  successor TEXT,
  updated_at BIGINT NOT NULL
);

-- Every form in which an agency's code may arrive, exactly as written: `G12.18`, `000.00.18.G12`.
CREATE TABLE agency_code (
  wire_code TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agency (code)
);

CREATE TABLE certificate (
  fingerprint TEXT NOT NULL,
  agency TEXT NOT NULL REFERENCES agency (code),
  pem TEXT NOT NULL,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  removed_at BIGINT,
  PRIMARY KEY (fingerprint, agency)
);

CREATE TABLE client (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  agencies TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);

-- One stored package. owner = the local agency whose bytes they are. operation = new | recall | update | replace |
-- status:NN. state: staged (content still growing, invisible) -> stored -> destroyed.
CREATE TABLE envelope (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  direction TEXT NOT NULL,
  state TEXT NOT NULL,
  form TEXT NOT NULL,
  operation TEXT NOT NULL,
  answers TEXT,
  sender TEXT NOT NULL,
  document_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  content_digest TEXT NOT NULL,
  octets BIGINT NOT NULL,
  parts INTEGER NOT NULL,
  lane TEXT NOT NULL,
  code_number TEXT,
  code_notation TEXT,
  promulgation_date TEXT,
  subject TEXT,
  search TEXT,
  message TEXT NOT NULL,
  signed_digests TEXT NOT NULL,
  signer TEXT NOT NULL,
  signing_time BIGINT,
  stored_at BIGINT NOT NULL
);
CREATE INDEX envelope_document ON envelope (owner, direction, form, id);
CREATE INDEX envelope_by_document_id ON envelope (owner, document_id, direction);
CREATE INDEX envelope_sha256 ON envelope (sha256);
CREATE INDEX envelope_answers ON envelope (answers) WHERE answers IS NOT NULL;

-- Chunk seq of the store is message seq on the broker.
CREATE TABLE content (
  envelope TEXT NOT NULL,
  seq INTEGER NOT NULL,
  bytes {{blob}} NOT NULL,
  PRIMARY KEY (envelope, seq)
);

CREATE TABLE attachment (
  envelope TEXT NOT NULL REFERENCES envelope (id),
  n INTEGER NOT NULL,
  content_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  content_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  octets BIGINT NOT NULL,
  spans TEXT NOT NULL,
  PRIMARY KEY (envelope, n)
);

-- Content that is being written and belongs to nobody yet: an upload (direction out), or parts from the axis (in).
-- id becomes the envelope's id. refused: a package whose verdict is known, so that late parts are dropped.
CREATE TABLE stage (
  id TEXT PRIMARY KEY,
  direction TEXT NOT NULL,
  agency TEXT NOT NULL,
  broker_user TEXT,
  message_id TEXT,
  sender TEXT,
  type TEXT,
  lane TEXT,
  document_id TEXT,
  parts INTEGER,
  envelope_sha256 TEXT,
  octets BIGINT NOT NULL DEFAULT 0,
  received INTEGER NOT NULL DEFAULT 0,
  verified INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  first_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stage_package ON stage (broker_user, message_id, agency) WHERE direction = 'in';
CREATE INDEX stage_age ON stage (first_at);
CREATE INDEX stage_sender ON stage (broker_user) WHERE direction = 'in';

-- One Idempotency-Key of one agency.
CREATE TABLE submission (
  agency TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  envelope TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (agency, idempotency_key)
);

-- envelope x recipient. kind: document | status | receipt. missing: the ranges of parts that the recipient lacks, as it said. fence grows with every lease; a write under an old one changes nothing.
CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  envelope TEXT NOT NULL REFERENCES envelope (id),
  owner TEXT NOT NULL,
  recipient TEXT NOT NULL,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  unknown_failures INTEGER NOT NULL DEFAULT 0,
  next_attempt_at BIGINT,
  deadline_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  missing TEXT,
  last_error TEXT,
  last_message TEXT,
  accepted_at BIGINT NOT NULL,
  sent_at BIGINT,
  ended_at BIGINT,
  receipt TEXT,
  UNIQUE (envelope, recipient)
);
CREATE INDEX delivery_due ON delivery (lane, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX delivery_deadline ON delivery (deadline_at) WHERE (next_attempt_at IS NOT NULL OR state = 'held');

CREATE TABLE attempt (
  delivery TEXT NOT NULL REFERENCES delivery (id),
  n INTEGER NOT NULL,
  at BIGINT NOT NULL,
  error TEXT,
  message TEXT,
  signer TEXT,
  PRIMARY KEY (delivery, n)
);

-- Promise 2: a package is seen once. The key outlives content, retention and recall.
CREATE TABLE repeat_key (
  recipient TEXT NOT NULL,
  sender TEXT NOT NULL,
  document_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  content_digest TEXT NOT NULL,
  envelope TEXT,
  verdict TEXT NOT NULL,
  answer TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (recipient, sender, document_id, operation, content_digest)
);

-- envelope x local agency: what the recipient's system has to fetch. state: waiting | leased | confirmed.
CREATE TABLE inbox (
  envelope TEXT NOT NULL REFERENCES envelope (id),
  agency TEXT NOT NULL,
  state TEXT NOT NULL,
  client TEXT,
  token_hash TEXT,
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  urgent INTEGER NOT NULL DEFAULT 0,
  warnings TEXT NOT NULL DEFAULT '[]',
  arrived_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  PRIMARY KEY (envelope, agency)
);
CREATE INDEX inbox_waiting ON inbox (agency, urgent, envelope) WHERE state <> 'confirmed';
CREATE INDEX inbox_list ON inbox (agency, envelope);

-- Every processing status ever told, in and out. envelope = the status package; document = our envelope it is about.
CREATE TABLE status (
  envelope TEXT PRIMARY KEY REFERENCES envelope (id),
  agency TEXT NOT NULL,
  direction TEXT NOT NULL,
  counterpart TEXT NOT NULL,
  document TEXT,
  document_id TEXT NOT NULL,
  code TEXT NOT NULL,
  description TEXT,
  staff TEXT,
  reported_at TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  answers_sha256 TEXT,
  answers_digests TEXT,
  applied_at BIGINT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at BIGINT NOT NULL DEFAULT 0,
  outcome TEXT
);
CREATE INDEX status_unapplied ON status (next_try_at) WHERE applied_at IS NULL;
CREATE INDEX status_document ON status (document);

-- What cannot be attributed or believed: kept, visible, changes nothing.
CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  agency TEXT NOT NULL,
  broker_user TEXT,
  message_id TEXT,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  headers TEXT NOT NULL,
  bytes {{blob}},
  octets BIGINT NOT NULL
);

-- The timeline. Inserted unnumbered in the transaction of what it tells; the sequencer numbers committed rows.
CREATE TABLE event (
  id TEXT PRIMARY KEY,
  seq BIGINT UNIQUE,
  agency TEXT NOT NULL,
  envelope TEXT,
  counterpart TEXT,
  type TEXT NOT NULL,
  at BIGINT NOT NULL,
  data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX event_unnumbered ON event (id) WHERE seq IS NULL;
CREATE INDEX event_envelope ON event (envelope, id);
CREATE INDEX event_agency ON event (agency, seq);

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  seq BIGINT UNIQUE,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT,
  salt TEXT,
  detail_digest TEXT NOT NULL,
  prev TEXT,
  hash TEXT
);
CREATE INDEX audit_unnumbered ON audit (id) WHERE seq IS NULL;

CREATE TABLE audit_head (
  day TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  certificate TEXT NOT NULL,
  signature TEXT NOT NULL,
  signed_at BIGINT NOT NULL
);

-- Who numbers rows now; one row per duty.
CREATE TABLE duty (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  fence INTEGER NOT NULL
);
