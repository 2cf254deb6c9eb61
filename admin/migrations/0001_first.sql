-- Times are seconds since 1970. Enumerations are words, checked here too, so that a person can read the tables.

CREATE TABLE issuers (
    id       TEXT PRIMARY KEY,
    iss      TEXT NOT NULL,
    audience TEXT,            -- JSON: a string or a list of strings
    policy   TEXT NOT NULL    -- JSON
) STRICT;

CREATE TABLE keys (
    issuer        TEXT    NOT NULL REFERENCES issuers (id),
    kid           TEXT    NOT NULL,
    modulus       BLOB    NOT NULL,
    exponent      BLOB    NOT NULL,
    source        TEXT    NOT NULL CHECK (source IN ('generated', 'adopted', 'imported')),
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired', 'revoked')),
    created_at    INTEGER NOT NULL,
    introduced_in INTEGER NOT NULL,
    published_at  INTEGER,
    confirmed_at  INTEGER,
    activated_at  INTEGER,
    superseded_at INTEGER,
    retired_at    INTEGER,
    revoked_at    INTEGER,
    revoke_reason TEXT,
    longest_token_lifetime_secs INTEGER NOT NULL,
    PRIMARY KEY (issuer, kid)
) STRICT;

-- Two processes that would each activate a key: one of them fails here, whatever its code believes.
CREATE UNIQUE INDEX one_active_key ON keys (issuer) WHERE state = 'active';

-- What left never comes back.
CREATE TRIGGER departed_keys_stay_departed BEFORE UPDATE OF state ON keys
WHEN OLD.state IN ('retired', 'revoked') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'a key that left never comes back'); END;

CREATE TRIGGER keys_are_never_forgotten BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are never deleted'); END;

CREATE TABLE root_keys (
    kid        TEXT PRIMARY KEY,
    modulus    BLOB    NOT NULL,
    exponent   BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Private halves, sealed. A row is deleted, and its bytes overwritten, when its key leaves.
CREATE TABLE sealed_secrets (
    purpose     TEXT NOT NULL,
    owner       TEXT NOT NULL,
    name        TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    ciphertext  BLOB NOT NULL,
    PRIMARY KEY (purpose, owner, name)
) STRICT;

CREATE TABLE epochs (
    issuer     TEXT PRIMARY KEY REFERENCES issuers (id),
    all_tokens INTEGER NOT NULL
) STRICT;

CREATE TRIGGER epochs_never_fall BEFORE UPDATE OF all_tokens ON epochs
WHEN NEW.all_tokens < OLD.all_tokens
BEGIN SELECT RAISE(ABORT, 'an epoch never falls'); END;

CREATE TABLE key_sets (
    issuer     TEXT    NOT NULL REFERENCES issuers (id),
    version    INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, version)
) STRICT;

-- One order to push per version. Pushing a version settles the orders of all before it.
CREATE TABLE outbox (
    issuer          TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    pushed_at       INTEGER,
    target          TEXT,    -- where it was pushed to
    PRIMARY KEY (issuer, version),
    FOREIGN KEY (issuer, version) REFERENCES key_sets (issuer, version)
) STRICT;

CREATE INDEX outbox_waiting ON outbox (issuer, version) WHERE pushed_at IS NULL;

CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE rotations (
    id           TEXT PRIMARY KEY,
    issuer       TEXT    NOT NULL REFERENCES issuers (id),
    new_kid      TEXT    NOT NULL,
    old_kid      TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    reason       TEXT,
    cancelled_at INTEGER
) STRICT;

CREATE INDEX rotations_by_issuer ON rotations (issuer, version);

-- The last report of each instance; its counters are kept to tell what is new in the next.
CREATE TABLE edge_instances (
    issuer           TEXT    NOT NULL REFERENCES issuers (id),
    region           TEXT    NOT NULL,
    instance         TEXT    NOT NULL,
    version          INTEGER,
    key_set_age_secs INTEGER NOT NULL,
    reported_at      INTEGER NOT NULL,
    counters         TEXT    NOT NULL,
    PRIMARY KEY (issuer, region, instance)
) STRICT;

-- Sums over all instances there ever were, by region and what was counted: `accepted`, `refused/<code>`.
CREATE TABLE edge_counters (
    issuer  TEXT    NOT NULL REFERENCES issuers (id),
    region  TEXT    NOT NULL,
    counter TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (issuer, region, counter)
) STRICT;

CREATE TABLE edge_keys (
    issuer       TEXT    NOT NULL,
    kid          TEXT    NOT NULL,
    seen_count   INTEGER NOT NULL,
    last_seen_at INTEGER,
    PRIMARY KEY (issuer, kid),
    FOREIGN KEY (issuer, kid) REFERENCES keys (issuer, kid)
) STRICT;

-- `entry` is one line of JSON, kept as it was hashed.
CREATE TABLE audit (
    seq   INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash  TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE api_tokens (
    id           TEXT PRIMARY KEY,
    secret_hash  BLOB    NOT NULL,
    label        TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE TABLE sessions (
    cookie_hash  BLOB    PRIMARY KEY,
    token_id     TEXT    NOT NULL REFERENCES api_tokens (id),
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
