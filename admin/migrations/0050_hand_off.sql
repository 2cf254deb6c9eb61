-- Where backends that sign by themselves read their key, and what is known to stand there.
CREATE TABLE hand_off_targets (
    issuer        TEXT    NOT NULL REFERENCES issuers (id),
    name          TEXT    NOT NULL,
    document      TEXT    NOT NULL,           -- the target as it was set, in JSON; credentials are named in it, not kept
    reload_secs   INTEGER NOT NULL,
    held_kid      TEXT,                       -- what was read back last
    held_version  TEXT,
    arrived_at    INTEGER,
    looked_at     INTEGER NOT NULL DEFAULT 0, -- when it was last seen to stand there
    older         TEXT    NOT NULL DEFAULT '[]', -- the versions before it, which are removed once it is active
    wanted_kid    TEXT,                       -- what is being brought there
    wanted_since  INTEGER,
    begun         INTEGER NOT NULL DEFAULT 0, -- whether it may stand there already
    tries         INTEGER NOT NULL DEFAULT 0,
    next_try_at   INTEGER NOT NULL DEFAULT 0,
    error         TEXT,
    PRIMARY KEY (issuer, name)
) STRICT;
