-- How many bytes a value takes in the document, quoted and with a comma: databases of other makes could not tell.
ALTER TABLE revoked ADD COLUMN listed_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE revoked SET listed_bytes = length(CAST(json_quote(value) AS BLOB)) + 1;
