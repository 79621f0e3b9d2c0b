-- Long work that somebody asked for in the console: it outlives the page and the process. cursor: from where it goes on.
-- What an export has written lies in desk_job_part, in order.
CREATE TABLE desk_job (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  params TEXT NOT NULL,
  state TEXT NOT NULL,
  done BIGINT NOT NULL DEFAULT 0,
  cursor TEXT NOT NULL DEFAULT '',
  octets BIGINT NOT NULL DEFAULT 0,
  parts INTEGER NOT NULL DEFAULT 0,
  code TEXT,
  message TEXT,
  result TEXT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  changed_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX desk_job_open ON desk_job (created_at) WHERE ended_at IS NULL;
CREATE INDEX desk_job_created ON desk_job (created_at);

CREATE TABLE desk_job_part (
  job TEXT NOT NULL REFERENCES desk_job (id),
  n INTEGER NOT NULL,
  bytes {{blob}} NOT NULL,
  PRIMARY KEY (job, n)
);
