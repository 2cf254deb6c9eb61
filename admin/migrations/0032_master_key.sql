-- Which master key seals: the beginning of a hash of it. So a wrong one is told from a changed database, and several
-- processes agree while one of them wraps everything anew.
CREATE TABLE master_key (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    fingerprint TEXT NOT NULL
) STRICT;
