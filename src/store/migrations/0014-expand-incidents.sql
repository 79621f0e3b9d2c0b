-- Failures by the certificate that signed: of the envelope, so that groups need not look it up; null in rows of older versions.
ALTER TABLE delivery ADD COLUMN signer TEXT;
UPDATE delivery SET signer = (SELECT e.signer FROM envelope e WHERE e.id = delivery.envelope) WHERE kind = 'document' AND state <> 'received';
-- Of a package that was not believed, where it went so far that one was found.
ALTER TABLE quarantine ADD COLUMN certificate TEXT;

-- The first view of the console reads only what is open and what failed of late, each from an index that holds all it asks
-- for: a row looked up is a page read, and after a start none of them is in memory.
CREATE INDEX delivery_live ON delivery (envelope, owner, state, recipient, lane, accepted_at, last_error, signer, id) WHERE kind = 'document' AND state IN ('accepted', 'sent', 'held');
CREATE INDEX delivery_failed ON delivery (ended_at, owner, state, recipient, lane, last_error, accepted_at, signer, id, envelope) WHERE kind = 'document' AND state IN ('rejected', 'expired');
CREATE INDEX inbox_pending ON inbox (agency, state, arrived_at) WHERE state <> 'confirmed';
CREATE INDEX quarantine_kept ON quarantine (at, agency, state, code, broker_user, certificate, id) WHERE state IN ('kept', 'redriving');
