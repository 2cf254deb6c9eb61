-- For how long entries of the audit log are kept; without a row, for ever.
CREATE TABLE audit_retention (
    "only"    INTEGER PRIMARY KEY CHECK ("only" = 1),
    days      INTEGER,           -- in force; null for ever
    next_days INTEGER,           -- a shorter time, which takes its place
    next_at   INTEGER            -- from then on
) STRICT;

-- What must not be deleted. A hold covers from `from_at` to before `to_at`; without one of them there is no bound.
CREATE TABLE legal_holds (
    id             TEXT    PRIMARY KEY,
    reason         TEXT    NOT NULL,
    from_at        INTEGER,
    to_at          INTEGER,
    set_by         TEXT    NOT NULL,
    set_at         INTEGER NOT NULL,
    released_by    TEXT,
    released_at    INTEGER,
    release_reason TEXT
) STRICT;

CREATE TRIGGER legal_holds_are_not_forgotten BEFORE DELETE ON legal_holds
BEGIN SELECT RAISE(ABORT, 'holds are released, not deleted'); END;

CREATE TRIGGER legal_holds_are_released_once BEFORE UPDATE ON legal_holds
WHEN OLD.released_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a hold that was released stays released'); END;

-- Up to where entries were deleted, at each time that some were. What is left of them: the checkpoint there, the hash from
-- which the chain goes on, and when the newest of them was written.
CREATE TABLE audit_bases (
    size       INTEGER PRIMARY KEY REFERENCES audit_checkpoints (size),
    hash       TEXT    NOT NULL,
    newest_at  INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_bases_are_not_rewritten BEFORE UPDATE ON audit_bases
BEGIN SELECT RAISE(ABORT, 'the beginnings of the audit log are append-only'); END;

CREATE TRIGGER audit_bases_are_not_withdrawn BEFORE DELETE ON audit_bases
BEGIN SELECT RAISE(ABORT, 'the beginnings of the audit log are append-only'); END;

-- Of the entries that a checkpoint covered and the one before it did not, once they are deleted: the roots of the largest
-- whole subtrees over them, with which the tree grows over what is gone.
CREATE TABLE audit_subtrees (
    size  INTEGER PRIMARY KEY REFERENCES audit_checkpoints (size),
    roots BLOB    NOT NULL
) STRICT;

CREATE TRIGGER audit_subtrees_are_not_rewritten BEFORE UPDATE ON audit_subtrees
BEGIN SELECT RAISE(ABORT, 'what is left of the audit log is append-only'); END;

CREATE TRIGGER audit_subtrees_are_not_withdrawn BEFORE DELETE ON audit_subtrees
BEGIN SELECT RAISE(ABORT, 'what is left of the audit log is append-only'); END;

-- Nothing goes but what lies before a beginning that was noted, and nothing while a hold keeps any of it.
DROP TRIGGER audit_is_not_shortened;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT COALESCE(MAX(size), 0) FROM audit_bases)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_held BEFORE DELETE ON audit
WHEN EXISTS (SELECT 1 FROM legal_holds
             WHERE released_at IS NULL
               AND COALESCE(from_at, 0) <= (SELECT MAX(newest_at) FROM audit_bases))
BEGIN SELECT RAISE(ABORT, 'a legal hold keeps the audit log'); END;
