-- The attempt whose head was refused: a part of a later one begins a new hearing, too. Null in rows of older versions.
ALTER TABLE stage ADD COLUMN refused_attempt INTEGER;
