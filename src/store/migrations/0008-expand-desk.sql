-- What the operators' console reads. Everything here can be made again from what stands elsewhere.

-- Words of documents. n counts documents in the order in which they were read; docs holds those of one bucket in which a
-- word stands: n modulo the bucket's size, two octets each, ascending.
CREATE TABLE search_document (
  n BIGINT PRIMARY KEY,
  envelope TEXT NOT NULL UNIQUE
);
CREATE TABLE search_word (
  word TEXT {{bytewise}} NOT NULL,
  bucket INTEGER NOT NULL,
  docs {{blob}} NOT NULL,
  PRIMARY KEY (word, bucket)
);

-- What happened in an hour (milliseconds, UTC) between an agency of ours and another.
CREATE TABLE traffic (
  hour BIGINT NOT NULL,
  agency TEXT NOT NULL,
  counterpart TEXT NOT NULL,
  lane TEXT NOT NULL,
  submitted INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  received INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  arrived INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (hour, agency, counterpart, lane)
);

-- When the axis last took something for an agency, and when something verified last came from it.
CREATE TABLE contact (
  agency TEXT PRIMARY KEY,
  sent_at BIGINT,
  heard_at BIGINT
);

-- How far somebody has read the numbered events.
CREATE TABLE event_reader (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL
);

CREATE INDEX envelope_newest ON envelope (direction, id) WHERE form = 'document';
CREATE INDEX envelope_sender ON envelope (sender, id) WHERE form = 'document' AND direction = 'in';
-- Holds all that groups and queues are made of, so that the rows themselves need not be looked up.
CREATE INDEX delivery_open ON delivery (envelope, state, owner, recipient, lane, accepted_at, ended_at, last_error) WHERE kind = 'document' AND state <> 'received';
CREATE INDEX delivery_recipient ON delivery (recipient, envelope) WHERE kind = 'document';
CREATE INDEX inbox_open ON inbox (envelope) WHERE state <> 'confirmed';
