-- What an operator should know of until it is over: a certificate that ends, a token that is gone, a directory that was
-- refused. level: the smaller, the nearer or the worse; a row is told again only when it falls.
CREATE TABLE notice (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  agency TEXT,
  level INTEGER NOT NULL,
  data TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  told_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (kind, subject)
);
CREATE INDEX notice_open ON notice (kind) WHERE ended_at IS NULL;
