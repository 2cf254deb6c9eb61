-- What an API token is narrowed to inside its role, in JSON; null where it is not.
ALTER TABLE api_tokens ADD COLUMN scopes TEXT COLLATE "C";
