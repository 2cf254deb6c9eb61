-- What one person wants to do, and another one has to approve.
CREATE TABLE approvals (
    id            TEXT    PRIMARY KEY,
    deed          TEXT    NOT NULL, -- what is to be done, with all its parameters, as its digest was computed
    digest        TEXT    NOT NULL, -- SHA-256 of it
    issuer        TEXT,             -- the issuer concerned; null where it is the server itself
    asked_by      TEXT    NOT NULL,
    asked_at      INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    verdict       TEXT,             -- 'approved', 'refused' or 'glass_broken'
    answered_by   TEXT,
    answered_at   INTEGER,
    answer_reason TEXT,
    used_at       INTEGER,
    expired_at    INTEGER,
    reviewed_by   TEXT,             -- who has looked at it afterwards, where the glass was broken
    reviewed_at   INTEGER,
    review        TEXT
) STRICT;

CREATE INDEX approvals_open ON approvals (expires_at) WHERE used_at IS NULL AND expired_at IS NULL;
