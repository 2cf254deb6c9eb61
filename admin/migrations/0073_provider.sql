-- Who somebody is at the identity provider of the company. Whoever signs in there has no password here.
ALTER TABLE users ADD COLUMN provider_issuer TEXT;
ALTER TABLE users ADD COLUMN provider_subject TEXT;
CREATE UNIQUE INDEX users_of_provider ON users (provider_issuer, provider_subject);

-- Sign-ins there that have led to a session. A mark is SHA-256 of what the provider sent back.
CREATE TABLE spent_sign_ins (
    mark    BLOB    PRIMARY KEY,
    ends_at INTEGER NOT NULL          -- from then on nobody could repeat it
) STRICT;
