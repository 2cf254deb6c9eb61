-- Tokens that do not name their key, as those that were issued before Keystile moved in: how many an edge has accepted,
-- and when the last of them was reported.
ALTER TABLE edge_keys ADD COLUMN without_kid INTEGER NOT NULL DEFAULT 0;
ALTER TABLE edge_keys ADD COLUMN without_kid_at INTEGER;
