-- The second factor of people who sign in by name.
CREATE TABLE passkeys (
    credential_id   BYTEA            PRIMARY KEY,
    user_name       TEXT COLLATE "C" NOT NULL REFERENCES users (name),
    user_handle     BYTEA            NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    public_key      BYTEA            NOT NULL,
    counter         BIGINT           NOT NULL,
    backup_eligible BIGINT           NOT NULL,
    transports      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT           NOT NULL,
    last_used_at    BIGINT
);
CREATE INDEX passkeys_of_user ON passkeys (user_name);

-- A challenge that waits for its answer, once.
CREATE TABLE passkey_attempts (
    secret_hash BYTEA            PRIMARY KEY,
    user_name   TEXT COLLATE "C" NOT NULL REFERENCES users (name),
    kind        TEXT COLLATE "C" NOT NULL,
    challenge   BYTEA            NOT NULL,
    user_handle BYTEA            NOT NULL,
    ends_at     BIGINT           NOT NULL
);
