-- Alerts that were raised, open until they are resolved. The empty issuer is the server itself.
CREATE TABLE alerts (
    id          TEXT PRIMARY KEY,
    issuer      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    summary     TEXT    NOT NULL,
    raised_at   INTEGER NOT NULL,
    fired_at    INTEGER NOT NULL, -- when its rule last held
    resolved_at INTEGER
) STRICT;

-- Two processes that would raise the same alert: one of them fails here.
CREATE UNIQUE INDEX one_open_alert ON alerts (issuer, kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX resolved_alerts ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- What the edges counted minute by minute, for a few hours: what a spike is measured against.
CREATE TABLE edge_minutes (
    issuer  TEXT    NOT NULL REFERENCES issuers (id),
    minute  INTEGER NOT NULL,
    counter TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (issuer, minute, counter)
) STRICT;

-- How often pushing a version failed. Unlike `attempts`, it is not reset when the version is ordered again.
ALTER TABLE outbox ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
