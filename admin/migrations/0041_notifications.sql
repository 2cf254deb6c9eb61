-- Whoever wants to be told over HTTP.
CREATE TABLE webhooks (
    id              TEXT PRIMARY KEY,
    url             TEXT    NOT NULL,
    events          TEXT    NOT NULL, -- a JSON list of names; empty for everything
    created_at      INTEGER NOT NULL,
    failing_since   INTEGER,          -- since when nothing has arrived
    disabled_at     INTEGER,
    disabled_reason TEXT
) STRICT;

-- Several while one takes over from the other. The secret itself is sealed, under the same names.
CREATE TABLE webhook_secrets (
    webhook    TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at    INTEGER,
    PRIMARY KEY (webhook, name)
) STRICT;

-- What happened, once. Written in the transaction in which it happened; addressed afterwards.
CREATE TABLE notifications (
    id           TEXT PRIMARY KEY,
    event        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    addressed_at INTEGER
) STRICT;

CREATE INDEX notifications_to_address ON notifications (at) WHERE addressed_at IS NULL;

-- One for each who is told: a webhook's id, or `mail`.
CREATE TABLE deliveries (
    notification    TEXT    NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    receiver        TEXT    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    delivered_at    INTEGER,
    given_up_at     INTEGER,
    last_error      TEXT,
    PRIMARY KEY (notification, receiver)
) STRICT;

CREATE INDEX deliveries_waiting ON deliveries (receiver, next_attempt_at)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
