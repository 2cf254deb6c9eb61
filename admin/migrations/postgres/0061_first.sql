-- What the migrations of SQLite with numbers up to this one have made, in the words of PostgreSQL; theirs say what each
-- table and column is for. From here on there is a file of the same number for each make.
--
-- Texts are compared byte by byte, as in SQLite, whatever the language of the database.

CREATE TABLE issuers (
    id       TEXT COLLATE "C" PRIMARY KEY,
    iss      TEXT COLLATE "C" NOT NULL,
    audience TEXT COLLATE "C",
    policy   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE keys (
    issuer                      TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    kid                         TEXT COLLATE "C" NOT NULL,
    modulus                     BYTEA            NOT NULL,
    exponent                    BYTEA            NOT NULL,
    source                      TEXT COLLATE "C" NOT NULL CHECK (source IN ('generated', 'adopted', 'imported')),
    state                       TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired', 'revoked')),
    created_at                  BIGINT           NOT NULL,
    introduced_in               BIGINT           NOT NULL,
    published_at                BIGINT,
    confirmed_at                BIGINT,
    activated_at                BIGINT,
    superseded_at               BIGINT,
    retired_at                  BIGINT,
    revoked_at                  BIGINT,
    revoke_reason               TEXT COLLATE "C",
    longest_token_lifetime_secs BIGINT           NOT NULL,
    sealed_until                BIGINT,
    PRIMARY KEY (issuer, kid)
);

CREATE UNIQUE INDEX one_active_key ON keys (issuer) WHERE state = 'active';

CREATE TABLE root_keys (
    kid          TEXT COLLATE "C" PRIMARY KEY,
    modulus      BYTEA            NOT NULL,
    exponent     BYTEA            NOT NULL,
    created_at   BIGINT           NOT NULL,
    withdrawn_at BIGINT
);

CREATE TABLE sealed_secrets (
    purpose     TEXT COLLATE "C" NOT NULL,
    owner       TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    wrapped_key BYTEA            NOT NULL,
    ciphertext  BYTEA            NOT NULL,
    PRIMARY KEY (purpose, owner, name)
);

CREATE TABLE key_sets (
    issuer     TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    version    BIGINT           NOT NULL,
    document   TEXT COLLATE "C" NOT NULL,
    issued_at  BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (issuer, version)
);

CREATE TABLE outbox (
    issuer          TEXT COLLATE "C" NOT NULL,
    version         BIGINT           NOT NULL,
    attempts        BIGINT           NOT NULL DEFAULT 0,
    last_error      TEXT COLLATE "C",
    next_attempt_at BIGINT           NOT NULL DEFAULT 0,
    pushed_at       BIGINT,
    target          TEXT COLLATE "C",
    failures        BIGINT           NOT NULL DEFAULT 0,
    PRIMARY KEY (issuer, version),
    FOREIGN KEY (issuer, version) REFERENCES key_sets (issuer, version)
);

CREATE INDEX outbox_waiting ON outbox (issuer, version) WHERE pushed_at IS NULL;

CREATE TABLE leases (
    name       TEXT COLLATE "C" PRIMARY KEY,
    holder     TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT           NOT NULL,
    fence      BIGINT           NOT NULL DEFAULT 0
);

CREATE TABLE rotations (
    id           TEXT COLLATE "C" PRIMARY KEY,
    issuer       TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    new_kid      TEXT COLLATE "C" NOT NULL,
    old_kid      TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT           NOT NULL,
    version      BIGINT           NOT NULL,
    reason       TEXT COLLATE "C",
    cancelled_at BIGINT,
    scheduled    BIGINT           NOT NULL DEFAULT 0,
    paused_at    BIGINT
);

CREATE INDEX rotations_by_issuer ON rotations (issuer, version);

CREATE TABLE edge_instances (
    issuer           TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    region           TEXT COLLATE "C" NOT NULL,
    instance         TEXT COLLATE "C" NOT NULL,
    version          BIGINT,
    key_set_age_secs BIGINT           NOT NULL,
    reported_at      BIGINT           NOT NULL,
    counters         TEXT COLLATE "C" NOT NULL,
    roots            TEXT COLLATE "C",
    PRIMARY KEY (issuer, region, instance)
);

CREATE TABLE edge_counters (
    issuer  TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    region  TEXT COLLATE "C" NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    count   BIGINT           NOT NULL,
    PRIMARY KEY (issuer, region, counter)
);

CREATE TABLE edge_keys (
    issuer         TEXT COLLATE "C" NOT NULL,
    kid            TEXT COLLATE "C" NOT NULL,
    seen_count     BIGINT           NOT NULL,
    last_seen_at   BIGINT,
    without_kid    BIGINT           NOT NULL DEFAULT 0,
    without_kid_at BIGINT,
    PRIMARY KEY (issuer, kid),
    FOREIGN KEY (issuer, kid) REFERENCES keys (issuer, kid)
);

CREATE TABLE audit (
    seq   BIGINT           PRIMARY KEY,
    entry TEXT COLLATE "C" NOT NULL,
    hash  TEXT COLLATE "C" NOT NULL
);

CREATE TABLE api_tokens (
    id           TEXT COLLATE "C" PRIMARY KEY,
    secret_hash  BYTEA            NOT NULL,
    label        TEXT COLLATE "C" NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT           NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT,
    minting      TEXT COLLATE "C"
);

CREATE TABLE sessions (
    cookie_hash  BYTEA            PRIMARY KEY,
    token_id     TEXT COLLATE "C" NOT NULL REFERENCES api_tokens (id),
    last_used_at BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL
);

CREATE TABLE emergencies (
    issuer       TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    version      BIGINT           NOT NULL,
    revoked_kid  TEXT COLLATE "C" NOT NULL,
    new_kid      TEXT COLLATE "C" NOT NULL,
    declared_at  BIGINT           NOT NULL,
    confirmed_at BIGINT,
    PRIMARY KEY (issuer, version)
);

CREATE TABLE store_watch (
    issuer       TEXT COLLATE "C" PRIMARY KEY REFERENCES issuers (id),
    looked_at    BIGINT           NOT NULL,
    intact_at    BIGINT,
    disturbances BIGINT           NOT NULL DEFAULT 0,
    disturbed_at BIGINT,
    found        TEXT COLLATE "C",
    repaired_at  BIGINT
);

CREATE TABLE set_signing_keys (
    issuer     TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    kid        TEXT COLLATE "C" NOT NULL,
    modulus    BYTEA            NOT NULL,
    exponent   BYTEA            NOT NULL,
    created_at BIGINT           NOT NULL,
    generation BIGINT           NOT NULL,
    delegation TEXT COLLATE "C",
    root       TEXT COLLATE "C",
    not_before BIGINT,
    expires_at BIGINT,
    PRIMARY KEY (issuer, kid),
    UNIQUE (issuer, generation)
);

CREATE TABLE epochs (
    issuer TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    scope  TEXT COLLATE "C" NOT NULL CHECK (scope IN ('all', 'kid', 'sub', 'sid', 'client_id')),
    value  TEXT COLLATE "C" NOT NULL,
    epoch  BIGINT           NOT NULL,
    PRIMARY KEY (issuer, scope, value)
);

CREATE TABLE revoked (
    number       BIGINT           GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    issuer       TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    claim        TEXT COLLATE "C" NOT NULL CHECK (claim IN ('jti', 'sid')),
    digest       BYTEA            NOT NULL CHECK (length(digest) = 16),
    value        TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT           NOT NULL,
    listed_bytes BIGINT           NOT NULL DEFAULT 0,
    UNIQUE (issuer, claim, digest)
);

CREATE INDEX revoked_in_order ON revoked (issuer, claim, number);

CREATE TABLE revocation_filters (
    issuer     TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    name       TEXT COLLATE "C" NOT NULL,
    claim      TEXT COLLATE "C" NOT NULL CHECK (claim IN ('jti', 'sid')),
    sha256     BYTEA            NOT NULL,
    entries    BIGINT           NOT NULL,
    first      BIGINT           NOT NULL,
    last       BIGINT           NOT NULL,
    ends_at    BIGINT           NOT NULL,
    value      BYTEA            NOT NULL,
    target     TEXT COLLATE "C",
    keep_until BIGINT,
    PRIMARY KEY (issuer, name)
);

CREATE TABLE revocation_lists (
    issuer TEXT COLLATE "C" NOT NULL,
    filter TEXT COLLATE "C" NOT NULL,
    number BIGINT           NOT NULL,
    value  BYTEA            NOT NULL,
    PRIMARY KEY (issuer, filter, number),
    FOREIGN KEY (issuer, filter) REFERENCES revocation_filters (issuer, name) ON DELETE CASCADE
);

CREATE TABLE revoked_published (
    issuer TEXT COLLATE "C" PRIMARY KEY REFERENCES issuers (id),
    number BIGINT           NOT NULL
);

CREATE TABLE audit_checkpoints (
    size    BIGINT           PRIMARY KEY,
    made_at BIGINT           NOT NULL,
    peaks   BYTEA            NOT NULL,
    note    TEXT COLLATE "C" NOT NULL
);

CREATE TABLE audit_key (
    "only"   BIGINT           PRIMARY KEY CHECK ("only" = 1),
    verifier TEXT COLLATE "C" NOT NULL
);

CREATE TABLE edge_hours (
    issuer  TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    hour    BIGINT           NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    count   BIGINT           NOT NULL,
    PRIMARY KEY (issuer, hour, counter)
);

CREATE TABLE master_key (
    "only"      BIGINT           PRIMARY KEY CHECK ("only" = 1),
    fingerprint TEXT COLLATE "C" NOT NULL
);

CREATE TABLE alerts (
    id          TEXT COLLATE "C" PRIMARY KEY,
    issuer      TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    severity    TEXT COLLATE "C" NOT NULL,
    summary     TEXT COLLATE "C" NOT NULL,
    raised_at   BIGINT           NOT NULL,
    fired_at    BIGINT           NOT NULL,
    resolved_at BIGINT
);

CREATE UNIQUE INDEX one_open_alert ON alerts (issuer, kind, subject) WHERE resolved_at IS NULL;

CREATE INDEX resolved_alerts ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE edge_minutes (
    issuer  TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    minute  BIGINT           NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    count   BIGINT           NOT NULL,
    PRIMARY KEY (issuer, minute, counter)
);

CREATE TABLE webhooks (
    id              TEXT COLLATE "C" PRIMARY KEY,
    url             TEXT COLLATE "C" NOT NULL,
    events          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT           NOT NULL,
    failing_since   BIGINT,
    disabled_at     BIGINT,
    disabled_reason TEXT COLLATE "C"
);

CREATE TABLE webhook_secrets (
    webhook    TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    name       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT           NOT NULL,
    ends_at    BIGINT,
    PRIMARY KEY (webhook, name)
);

CREATE TABLE notifications (
    id           TEXT COLLATE "C" PRIMARY KEY,
    event        TEXT COLLATE "C" NOT NULL,
    at           BIGINT           NOT NULL,
    body         TEXT COLLATE "C" NOT NULL,
    addressed_at BIGINT
);

CREATE INDEX notifications_to_address ON notifications (at) WHERE addressed_at IS NULL;

CREATE TABLE deliveries (
    notification    TEXT COLLATE "C" NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    receiver        TEXT COLLATE "C" NOT NULL,
    attempts        BIGINT           NOT NULL DEFAULT 0,
    next_attempt_at BIGINT           NOT NULL,
    delivered_at    BIGINT,
    given_up_at     BIGINT,
    last_error      TEXT COLLATE "C",
    PRIMARY KEY (notification, receiver)
);

CREATE INDEX deliveries_waiting ON deliveries (receiver, next_attempt_at)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;

CREATE TABLE hand_off_targets (
    issuer       TEXT COLLATE "C" NOT NULL REFERENCES issuers (id),
    name         TEXT COLLATE "C" NOT NULL,
    document     TEXT COLLATE "C" NOT NULL,
    reload_secs  BIGINT           NOT NULL,
    held_kid     TEXT COLLATE "C",
    held_version TEXT COLLATE "C",
    arrived_at   BIGINT,
    looked_at    BIGINT           NOT NULL DEFAULT 0,
    older        TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    wanted_kid   TEXT COLLATE "C",
    wanted_since BIGINT,
    begun        BIGINT           NOT NULL DEFAULT 0,
    tries        BIGINT           NOT NULL DEFAULT 0,
    next_try_at  BIGINT           NOT NULL DEFAULT 0,
    error        TEXT COLLATE "C",
    PRIMARY KEY (issuer, name)
);

CREATE TABLE idempotency_keys (
    caller        BYTEA            NOT NULL,
    key           TEXT COLLATE "C" NOT NULL,
    fingerprint   BYTEA            NOT NULL,
    request_id    TEXT COLLATE "C" NOT NULL UNIQUE,
    claimed_until BIGINT           NOT NULL,
    changed       BIGINT           NOT NULL DEFAULT 0,
    answer        BYTEA,
    expires_at    BIGINT           NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

CREATE TABLE overtaken_requests (
    request_id TEXT COLLATE "C" PRIMARY KEY,
    expires_at BIGINT           NOT NULL
);

-- What the schema refuses, in the words of the trigger that does.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;

CREATE TRIGGER keys_are_never_forgotten BEFORE DELETE ON keys
FOR EACH ROW EXECUTE FUNCTION refuse('keys are never deleted');

CREATE TRIGGER departed_keys_stay_departed BEFORE UPDATE OF state ON keys
FOR EACH ROW WHEN (NEW.state <> OLD.state
                   AND (OLD.state = 'revoked' OR (OLD.state = 'retired' AND OLD.sealed_until IS NULL)))
EXECUTE FUNCTION refuse('a key that left never comes back');

CREATE TRIGGER epochs_never_fall BEFORE UPDATE OF epoch ON epochs
FOR EACH ROW WHEN (NEW.epoch < OLD.epoch) EXECUTE FUNCTION refuse('an epoch never falls');

CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is append-only');

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is append-only');

CREATE TRIGGER audit_checkpoints_are_not_rewritten BEFORE UPDATE ON audit_checkpoints
FOR EACH ROW EXECUTE FUNCTION refuse('checkpoints are append-only');

CREATE TRIGGER audit_checkpoints_are_not_withdrawn BEFORE DELETE ON audit_checkpoints
FOR EACH ROW EXECUTE FUNCTION refuse('checkpoints are append-only');

-- SQLite has no statement that empties a table without deleting its rows.
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
EXECUTE FUNCTION refuse('the audit log is append-only');

CREATE TRIGGER audit_checkpoints_are_not_emptied BEFORE TRUNCATE ON audit_checkpoints
EXECUTE FUNCTION refuse('checkpoints are append-only');

CREATE TRIGGER keys_are_not_emptied BEFORE TRUNCATE ON keys
EXECUTE FUNCTION refuse('keys are never deleted');
