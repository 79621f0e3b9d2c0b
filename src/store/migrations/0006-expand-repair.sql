-- How we stand with a recipient. circuit: closed | open. failures: one after another, since something last got there or
-- came back. A row exists only for who once failed, or was paused.
CREATE TABLE partner (
  agency TEXT PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,
  cause TEXT,
  circuit TEXT NOT NULL DEFAULT 'closed',
  opened_at BIGINT,
  closed_at BIGINT,
  probes INTEGER NOT NULL DEFAULT 0,
  probe_at BIGINT,
  paused_at BIGINT,
  paused_by TEXT,
  paused_reason TEXT
);

-- What is due to one recipient is found without walking over what waits for another.
CREATE INDEX delivery_recipient_due ON delivery (lane, recipient, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX delivery_repairable ON delivery (id) WHERE kind <> 'receipt' AND state <> 'received';

-- asked: a question for the missing parts is under way, and its first answer counts. remaining_ms: of the deadline, when
-- it was held.
ALTER TABLE delivery ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN remaining_ms BIGINT;

-- state: kept -> redriving -> accepted, or kept again; discarded. kind: package | part; absent for what cannot be judged
-- again. claim: the properties it came with. content: the id under which the parts of a whole package are kept.
ALTER TABLE quarantine ADD COLUMN state TEXT NOT NULL DEFAULT 'kept';
ALTER TABLE quarantine ADD COLUMN kind TEXT;
ALTER TABLE quarantine ADD COLUMN claim TEXT;
ALTER TABLE quarantine ADD COLUMN content TEXT;
ALTER TABLE quarantine ADD COLUMN sender TEXT;
ALTER TABLE quarantine ADD COLUMN document_id TEXT;
ALTER TABLE quarantine ADD COLUMN sha256 TEXT;
ALTER TABLE quarantine ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN changed_at BIGINT;
CREATE INDEX quarantine_redriving ON quarantine (id) WHERE state = 'redriving';
CREATE INDEX quarantine_bytes ON quarantine (broker_user) WHERE content IS NOT NULL;

-- The quarantined package that is judged again here.
ALTER TABLE stage ADD COLUMN quarantined TEXT;

-- What an operator ordered. cursor, until_id: a group is worked through in the order of ids, from the one to the other.
CREATE TABLE command (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  work TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  total INTEGER NOT NULL,
  seen INTEGER NOT NULL DEFAULT 0,
  changes INTEGER NOT NULL DEFAULT 0,
  left_out TEXT NOT NULL DEFAULT '[]',
  items TEXT NOT NULL DEFAULT '[]',
  cursor TEXT NOT NULL DEFAULT '',
  until_id TEXT NOT NULL DEFAULT '',
  ended_at BIGINT
);
CREATE INDEX command_running ON command (given_at) WHERE state = 'running';
CREATE INDEX command_given ON command (given_at);
