-- Every taking of a lease gets the next number. Whoever finds a higher one was overtaken while it was asleep.
ALTER TABLE leases ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;

-- What the store of the edge was last found to hold, and how often that was not what had been pushed.
CREATE TABLE store_watch (
    issuer       TEXT    PRIMARY KEY REFERENCES issuers (id),
    looked_at    INTEGER NOT NULL,           -- when somebody last set out to look
    intact_at    INTEGER,                    -- when it last held what was pushed
    disturbances INTEGER NOT NULL DEFAULT 0,
    disturbed_at INTEGER,
    found        TEXT,                       -- what it held instead, in words
    repaired_at  INTEGER
) STRICT;
