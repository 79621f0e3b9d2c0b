-- What the operator of the axis published, as it came. The one with the highest version that was applied is in force.
CREATE TABLE directory_document (
  version BIGINT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  document {{blob}} NOT NULL,
  issued_at BIGINT NOT NULL,
  next_update BIGINT,
  signer TEXT NOT NULL,
  source TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  applied_at BIGINT,
  applied_by TEXT
);

-- origin: hand | signed. What the signed directory says of an agency, and which certificates it binds.
ALTER TABLE agency ADD COLUMN origin TEXT NOT NULL DEFAULT 'hand';
ALTER TABLE agency ADD COLUMN lanes TEXT;
ALTER TABLE certificate ADD COLUMN origin TEXT NOT NULL DEFAULT 'hand';
