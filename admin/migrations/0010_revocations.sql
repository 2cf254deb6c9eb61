-- An epoch is everybody's, or that of one key, subject, session or client.

CREATE TABLE epochs_by_scope (
    issuer TEXT    NOT NULL REFERENCES issuers (id),
    scope  TEXT    NOT NULL CHECK (scope IN ('all', 'kid', 'sub', 'sid', 'client_id')),
    value  TEXT    NOT NULL,    -- empty for all
    epoch  INTEGER NOT NULL,
    PRIMARY KEY (issuer, scope, value)
) STRICT;

INSERT INTO epochs_by_scope SELECT issuer, 'all', '', all_tokens FROM epochs;
DROP TABLE epochs;
ALTER TABLE epochs_by_scope RENAME TO epochs;

CREATE TRIGGER epochs_never_fall BEFORE UPDATE OF epoch ON epochs
WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'an epoch never falls'); END;

-- Tokens and sessions refused by name, numbered in the order in which they were revoked. A number is never used again,
-- so that a filter is a range of them.
CREATE TABLE revoked (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer     TEXT    NOT NULL REFERENCES issuers (id),
    claim      TEXT    NOT NULL CHECK (claim IN ('jti', 'sid')),
    digest     BLOB    NOT NULL CHECK (length(digest) = 16),
    value      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,    -- from then on no token of it is alive
    UNIQUE (issuer, claim, digest)
) STRICT;

CREATE INDEX revoked_in_order ON revoked (issuer, claim, number);

-- Filters as they lie in the edge's store. A dropped one is kept until no document that names it is believed.
CREATE TABLE revocation_filters (
    issuer     TEXT    NOT NULL REFERENCES issuers (id),
    name       TEXT    NOT NULL,
    claim      TEXT    NOT NULL CHECK (claim IN ('jti', 'sid')),
    sha256     BLOB    NOT NULL,
    entries    INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    value      BLOB    NOT NULL,
    target     TEXT,                -- where it was pushed to
    keep_until INTEGER,             -- set when it is dropped
    PRIMARY KEY (issuer, name)
) STRICT;

CREATE TABLE revocation_lists (
    issuer TEXT    NOT NULL,
    filter TEXT    NOT NULL,
    number INTEGER NOT NULL,
    value  BLOB    NOT NULL,
    PRIMARY KEY (issuer, filter, number),
    FOREIGN KEY (issuer, filter) REFERENCES revocation_filters (issuer, name) ON DELETE CASCADE
) STRICT;

-- The number up to which everything that is revoked stands in a key set that was signed.
CREATE TABLE revoked_published (
    issuer TEXT    PRIMARY KEY REFERENCES issuers (id),
    number INTEGER NOT NULL
) STRICT;
