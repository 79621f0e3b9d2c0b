-- How often an attachment was judged again by itself since it was asked for. Claims and those given back do not count.
ALTER TABLE attachment ADD COLUMN report_tries INTEGER NOT NULL DEFAULT 0;
