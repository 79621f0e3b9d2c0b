-- What each report on an attachment rests on, so that it goes with the report and not before.
CREATE TABLE attachment_report_part (
  envelope TEXT NOT NULL,
  n INTEGER NOT NULL,
  run INTEGER NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES validation_datum (fingerprint),
  PRIMARY KEY (envelope, n, run, fingerprint)
);
-- Reports that are there name the fingerprints in their text.
INSERT INTO attachment_report_part (envelope, n, run, fingerprint)
  SELECT r.envelope, r.n, r.run, d.fingerprint FROM attachment_report r
  JOIN validation_datum d ON r.report LIKE '%' || d.fingerprint || '%';
-- Whether anything rests on a datum:
CREATE INDEX attachment_report_part_datum ON attachment_report_part (fingerprint);
CREATE INDEX validation_part_datum ON validation_part (fingerprint);
