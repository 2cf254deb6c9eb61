-- People who sign in by name. Nobody is ever taken out: the log names them.
CREATE TABLE users (
    name               TEXT    PRIMARY KEY,
    role               TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    disabled_at        INTEGER,
    password_hash      TEXT,             -- argon2id, with its parameters and salt
    password_set_at    INTEGER,
    invitation_hash    BLOB,             -- SHA-256 of what sets the next password, once
    invitation_ends_at INTEGER,
    last_signed_in_at  INTEGER
) STRICT;

-- A session belongs to whoever opened it: the holder of an API token, or a user. Those of before are over.
DROP TABLE sessions;
CREATE TABLE sessions (
    cookie_hash  BLOB    PRIMARY KEY,
    token_id     TEXT    REFERENCES api_tokens (id),
    user_name    TEXT    REFERENCES users (name),
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    CHECK ((token_id IS NULL) <> (user_name IS NULL))
) STRICT;
