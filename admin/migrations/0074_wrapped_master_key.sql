-- The master key as OpenBao or AWS KMS has wrapped it, and what has: both null where the key is in a file or the environment.
-- It stands here so that all of it changes in one transaction, and a backup has what a restore needs.
ALTER TABLE master_key ADD COLUMN wrapped    TEXT;
ALTER TABLE master_key ADD COLUMN wrapped_by TEXT;
