-- How many bytes a value has in a document, quoted: databases of other makes could not tell.
ALTER TABLE revoked ADD COLUMN json_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE revoked SET json_bytes = length(CAST(json_quote(value) AS BLOB));
