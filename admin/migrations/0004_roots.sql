-- A root that was withdrawn vouches for nothing any more. Its row stays: it is never announced again.
ALTER TABLE root_keys ADD COLUMN withdrawn_at INTEGER;

-- Keys that sign key sets in place of a root that is offline. The delegation is what makes them more than numbers.
CREATE TABLE set_signing_keys (
    issuer       TEXT    NOT NULL REFERENCES issuers (id),
    kid          TEXT    NOT NULL,
    modulus      BLOB    NOT NULL,
    exponent     BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    delegation   TEXT,    -- the compact JWS
    root         TEXT,    -- the root that signed it
    not_before   INTEGER,
    expires_at   INTEGER,
    PRIMARY KEY (issuer, kid),
    UNIQUE (issuer, generation)
) STRICT;

-- The root keys that an instance has pinned, as a JSON list of kids; null where it does not say.
ALTER TABLE edge_instances ADD COLUMN roots TEXT;
