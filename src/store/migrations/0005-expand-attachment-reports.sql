-- When the signatures inside an attachment are judged next; null once they have been. Older versions write neither column.
ALTER TABLE attachment ADD COLUMN report_due BIGINT DEFAULT 0;
ALTER TABLE attachment ADD COLUMN report_fence INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attachment_report_due ON attachment (report_due, envelope, n) WHERE report_due IS NOT NULL;

-- What was found: a row for each time it was judged with another result, and none is ever changed.
CREATE TABLE attachment_report (
  envelope TEXT NOT NULL,
  n INTEGER NOT NULL,
  run INTEGER NOT NULL,
  judged_at BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  report TEXT NOT NULL,
  PRIMARY KEY (envelope, n, run)
);
