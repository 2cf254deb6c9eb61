-- A retired key whose private half is kept sealed for a while may come back; without it, what left stays away.

ALTER TABLE keys ADD COLUMN sealed_until INTEGER;

DROP TRIGGER departed_keys_stay_departed;

CREATE TRIGGER departed_keys_stay_departed BEFORE UPDATE OF state ON keys
WHEN NEW.state <> OLD.state
 AND (OLD.state = 'revoked' OR (OLD.state = 'retired' AND OLD.sealed_until IS NULL))
BEGIN SELECT RAISE(ABORT, 'a key that left never comes back'); END;

ALTER TABLE rotations ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rotations ADD COLUMN paused_at INTEGER;

-- `confirmed_at` is when the last region had the set that answers the emergency.
CREATE TABLE emergencies (
    issuer       TEXT    NOT NULL REFERENCES issuers (id),
    version      INTEGER NOT NULL,
    revoked_kid  TEXT    NOT NULL,
    new_kid      TEXT    NOT NULL,
    declared_at  INTEGER NOT NULL,
    confirmed_at INTEGER,
    PRIMARY KEY (issuer, version)
) STRICT;
