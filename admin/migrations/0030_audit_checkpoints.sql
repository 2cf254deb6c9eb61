-- Signed statements about how far the audit log had come: origin, size, Merkle root. `peaks` are the roots of the whole
-- subtrees, largest first, from which the next statement goes on.
CREATE TABLE audit_checkpoints (
    size    INTEGER PRIMARY KEY,
    made_at INTEGER NOT NULL,
    peaks   BLOB    NOT NULL,
    note    TEXT    NOT NULL
) STRICT;

CREATE TRIGGER audit_checkpoints_are_not_rewritten BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;

CREATE TRIGGER audit_checkpoints_are_not_withdrawn BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;

-- What the statements are verified with. The private half is among the sealed secrets.
CREATE TABLE audit_key (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    verifier TEXT NOT NULL
) STRICT;
