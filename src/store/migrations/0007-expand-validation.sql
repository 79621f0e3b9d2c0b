-- Where CRLs and OCSP responses come from and what each place gave last. place: kind, address and, for OCSP, the
-- fingerprint of the certificate asked about. next_at is also the lease of whoever is fetching.
CREATE TABLE revocation_source (
  place TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  certificate TEXT NOT NULL,
  next_at BIGINT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  fingerprint TEXT,
  bytes {{blob}},
  fetched_at BIGINT,
  valid_until BIGINT,
  error TEXT,
  error_at BIGINT
);
CREATE INDEX revocation_source_due ON revocation_source (next_at);

-- What the verdict on a received package rested on, kept so that it can be repeated: certificates, CRLs, OCSP responses,
-- each once. at: the instant of arrival, as of which it was judged; judged_at: when that was, for revocation data may be newer than the arrival.
CREATE TABLE validation_datum (
  fingerprint TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  bytes {{blob}} NOT NULL
);

CREATE TABLE validation (
  envelope TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  judged_at BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  revocation TEXT NOT NULL,
  scope TEXT,
  reasons TEXT NOT NULL
);

-- The path from the signer to the anchor, then the proofs.
CREATE TABLE validation_part (
  envelope TEXT NOT NULL REFERENCES validation (envelope),
  n INTEGER NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES validation_datum (fingerprint),
  PRIMARY KEY (envelope, n)
);
