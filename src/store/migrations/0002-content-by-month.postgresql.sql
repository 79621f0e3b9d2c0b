-- The partition key is the id of the envelope, which begins with the time at which it was made: bytes are found by
-- (envelope, seq) alone. The order of ids is that of their octets, whatever the language of the database. Chunks are
-- base64 of what is mostly compressed already, so they are stored as they are.
DROP TABLE content;

CREATE TABLE content (
  envelope TEXT COLLATE "C" NOT NULL,
  seq INTEGER NOT NULL,
  bytes {{blob}} NOT NULL,
  PRIMARY KEY (envelope, seq)
) PARTITION BY RANGE (envelope);

ALTER TABLE content ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What fits no month that has been made. Months are made ahead, see months.ts.
CREATE TABLE content_other PARTITION OF content DEFAULT;
