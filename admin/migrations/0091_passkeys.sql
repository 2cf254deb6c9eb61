-- The second factor of people who sign in by name.
CREATE TABLE passkeys (
    credential_id   BLOB    PRIMARY KEY,                    -- what its authenticator calls it
    user_name       TEXT    NOT NULL REFERENCES users (name),
    user_handle     BLOB    NOT NULL,                       -- what its authenticator calls the user: random
    name            TEXT    NOT NULL,                       -- what its owner calls it
    public_key      BLOB    NOT NULL,                       -- COSE_Key
    counter         INTEGER NOT NULL,                       -- the highest that was seen
    backup_eligible INTEGER NOT NULL,                       -- 1 where its owner's devices may share it
    transports      TEXT    NOT NULL,                       -- with commas between
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER
) STRICT;
CREATE INDEX passkeys_of_user ON passkeys (user_name);

-- A challenge that waits for its answer, once.
CREATE TABLE passkey_attempts (
    secret_hash BLOB    PRIMARY KEY,                        -- SHA-256 of what the answer comes with
    user_name   TEXT    NOT NULL REFERENCES users (name),
    kind        TEXT    NOT NULL,
    challenge   BLOB    NOT NULL,
    user_handle BLOB    NOT NULL,
    ends_at     INTEGER NOT NULL
) STRICT;
