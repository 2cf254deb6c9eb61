-- For how long entries of the audit log are kept; without a row, for ever.
CREATE TABLE audit_retention (
    "only"    BIGINT PRIMARY KEY CHECK ("only" = 1),
    days      BIGINT,
    next_days BIGINT,
    next_at   BIGINT
);

-- What must not be deleted.
CREATE TABLE legal_holds (
    id             TEXT COLLATE "C" PRIMARY KEY,
    reason         TEXT COLLATE "C" NOT NULL,
    from_at        BIGINT,
    to_at          BIGINT,
    set_by         TEXT COLLATE "C" NOT NULL,
    set_at         BIGINT           NOT NULL,
    released_by    TEXT COLLATE "C",
    released_at    BIGINT,
    release_reason TEXT COLLATE "C"
);

CREATE TRIGGER legal_holds_are_not_forgotten BEFORE DELETE ON legal_holds
FOR EACH ROW EXECUTE FUNCTION refuse('holds are released, not deleted');

CREATE TRIGGER legal_holds_are_released_once BEFORE UPDATE ON legal_holds
FOR EACH ROW WHEN (OLD.released_at IS NOT NULL)
EXECUTE FUNCTION refuse('a hold that was released stays released');

CREATE TRIGGER legal_holds_are_not_emptied BEFORE TRUNCATE ON legal_holds
EXECUTE FUNCTION refuse('holds are released, not deleted');

-- Up to where entries were deleted, at each time that some were.
CREATE TABLE audit_bases (
    size       BIGINT           PRIMARY KEY REFERENCES audit_checkpoints (size),
    hash       TEXT COLLATE "C" NOT NULL,
    newest_at  BIGINT           NOT NULL,
    deleted_at BIGINT           NOT NULL
);

CREATE TRIGGER audit_bases_are_not_rewritten BEFORE UPDATE OR DELETE ON audit_bases
FOR EACH ROW EXECUTE FUNCTION refuse('the beginnings of the audit log are append-only');

CREATE TRIGGER audit_bases_are_not_emptied BEFORE TRUNCATE ON audit_bases
EXECUTE FUNCTION refuse('the beginnings of the audit log are append-only');

-- What is left of the entries between two checkpoints.
CREATE TABLE audit_subtrees (
    size  BIGINT PRIMARY KEY REFERENCES audit_checkpoints (size),
    roots BYTEA  NOT NULL
);

CREATE TRIGGER audit_subtrees_are_not_rewritten BEFORE UPDATE OR DELETE ON audit_subtrees
FOR EACH ROW EXECUTE FUNCTION refuse('what is left of the audit log is append-only');

CREATE TRIGGER audit_subtrees_are_not_emptied BEFORE TRUNCATE ON audit_subtrees
EXECUTE FUNCTION refuse('what is left of the audit log is append-only');

-- Nothing goes but what lies before a beginning that was noted, and nothing while a hold keeps any of it.
CREATE FUNCTION refuse_to_shorten_the_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq > (SELECT COALESCE(MAX(size), 0) FROM audit_bases) THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    IF EXISTS (SELECT 1 FROM legal_holds
               WHERE released_at IS NULL
                 AND COALESCE(from_at, 0) <= (SELECT MAX(newest_at) FROM audit_bases)) THEN
        RAISE EXCEPTION 'a legal hold keeps the audit log';
    END IF;
    RETURN OLD;
END $$;

DROP TRIGGER audit_is_not_shortened ON audit;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse_to_shorten_the_audit_log();
