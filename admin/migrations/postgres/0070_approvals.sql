-- What one person wants to do, and another one has to approve.
CREATE TABLE approvals (
    id            TEXT COLLATE "C" PRIMARY KEY,
    deed          TEXT COLLATE "C" NOT NULL,
    digest        TEXT COLLATE "C" NOT NULL,
    issuer        TEXT COLLATE "C",
    asked_by      TEXT COLLATE "C" NOT NULL,
    asked_at      BIGINT           NOT NULL,
    expires_at    BIGINT           NOT NULL,
    verdict       TEXT COLLATE "C",
    answered_by   TEXT COLLATE "C",
    answered_at   BIGINT,
    answer_reason TEXT COLLATE "C",
    used_at       BIGINT,
    expired_at    BIGINT,
    reviewed_by   TEXT COLLATE "C",
    reviewed_at   BIGINT,
    review        TEXT COLLATE "C"
);

CREATE INDEX approvals_open ON approvals (expires_at) WHERE used_at IS NULL AND expired_at IS NULL;
