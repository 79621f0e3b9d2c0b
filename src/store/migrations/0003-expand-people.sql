-- Who may use the console. A person is known by (issuer, subject): `local` and the name while the password is ours.
-- grants: JSON [{"role": "operator", "agency": "G02"}], agency "*" for all. password: the function, its parameters, salt and hash.
CREATE TABLE person (
  id TEXT PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  display_name TEXT NOT NULL,
  grants TEXT NOT NULL,
  password TEXT,
  password_until BIGINT,
  must_change INTEGER NOT NULL DEFAULT 0,
  disabled_at BIGINT,
  created_at BIGINT NOT NULL,
  last_login_at BIGINT,
  UNIQUE (issuer, subject)
);

-- id: SHA-256 of the secret in the cookie, which stands nowhere else.
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_end ON session (expires_at);

-- Logins tried from an address, under a name, or both. key: SHA-256, because what people type as a name may be a password.
CREATE TABLE login_attempt (
  key TEXT PRIMARY KEY,
  tries INTEGER NOT NULL,
  last_at BIGINT NOT NULL,
  free_at BIGINT NOT NULL
);
