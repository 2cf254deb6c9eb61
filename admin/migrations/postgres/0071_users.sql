-- People who sign in by name. Nobody is ever taken out: the log names them.
CREATE TABLE users (
    name               TEXT COLLATE "C" PRIMARY KEY,
    role               TEXT COLLATE "C" NOT NULL,
    created_at         BIGINT           NOT NULL,
    disabled_at        BIGINT,
    password_hash      TEXT COLLATE "C",
    password_set_at    BIGINT,
    invitation_hash    BYTEA,
    invitation_ends_at BIGINT,
    last_signed_in_at  BIGINT
);

-- A session belongs to whoever opened it: the holder of an API token, or a user. Those of before are over.
DROP TABLE sessions;
CREATE TABLE sessions (
    cookie_hash  BYTEA            PRIMARY KEY,
    token_id     TEXT COLLATE "C" REFERENCES api_tokens (id),
    user_name    TEXT COLLATE "C" REFERENCES users (name),
    last_used_at BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL,
    CHECK ((token_id IS NULL) <> (user_name IS NULL))
);
