-- What each report on an attachment rests on, so that it goes with the report and not before.
CREATE TABLE attachment_report_part (
  envelope TEXT NOT NULL,
  n INTEGER NOT NULL,
  run INTEGER NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES validation_datum (fingerprint),
  PRIMARY KEY (envelope, n, run, fingerprint)
);
-- 0 for a report that is there, and for one that an earlier version adds: what it rests on stands only in its text. As long
-- as there is one, all data stay.
ALTER TABLE attachment_report ADD COLUMN parts_known INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attachment_report_parts_unknown ON attachment_report (envelope) WHERE parts_known = 0;
-- Whether anything rests on a datum:
CREATE INDEX attachment_report_part_datum ON attachment_report_part (fingerprint);
CREATE INDEX validation_part_datum ON validation_part (fingerprint);
