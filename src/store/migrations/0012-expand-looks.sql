-- Looks that walked over all that had ever been there. The list of the documents of an agency, whatever their direction:
CREATE INDEX envelope_listed ON envelope (owner, id) WHERE form = 'document' AND state = 'stored';
-- Packages that are whole, among those that wait for their parts or were refused:
CREATE INDEX stage_whole ON stage (lane, first_at) WHERE direction = 'in' AND received = parts;
-- The incidents of one sender of late:
CREATE INDEX quarantine_sender ON quarantine (broker_user, at);
