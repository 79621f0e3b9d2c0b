-- The inbox is asked again and again for what waits, while nearly all of it was confirmed long ago: each question finds its
-- first rows in an index, in its own order, however much was confirmed and however much waits.
CREATE INDEX inbox_state ON inbox (agency, state, envelope);
CREATE INDEX inbox_claim ON inbox (agency, urgent DESC, envelope) WHERE state <> 'confirmed';
