-- Requests that clients may send again: under one key of one caller, an operation happens once.
CREATE TABLE idempotency_keys (
    caller        BLOB    NOT NULL,           -- SHA-256 of the credential
    key           TEXT    NOT NULL,
    fingerprint   BLOB    NOT NULL,           -- SHA-256 of the request
    request_id    TEXT    NOT NULL UNIQUE,    -- the request that does it
    claimed_until INTEGER NOT NULL,           -- until then it is believed to be at work
    changed       INTEGER NOT NULL DEFAULT 0, -- 1 from the transaction on that did it
    answer        BLOB,                       -- what it was answered, sealed under the credential
    expires_at    INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Requests whose place another has taken: should one of them wake up, it changes nothing any more.
CREATE TABLE overtaken_requests (
    request_id TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
