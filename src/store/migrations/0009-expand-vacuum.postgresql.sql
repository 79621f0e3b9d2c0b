-- Most rows of these tables ended long ago; what is under way is few, changes all the time, and is found by indexes on it
-- alone. PostgreSQL looks again after a tenth of a table has changed, and clears away after a fifth: in a table of a
-- million rows the outbox could fill and empty many times, on plans made for an empty one and over what was deleted.
ALTER TABLE delivery SET (autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE inbox SET (autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE status SET (autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE event SET (autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE audit SET (autovacuum_analyze_scale_factor = 0.005, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE stage SET (autovacuum_analyze_threshold = 500, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
