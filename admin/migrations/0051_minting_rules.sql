-- What the holder of an API token may have signed, in JSON; without it, what its issuer's policy allows.
ALTER TABLE api_tokens ADD COLUMN minting TEXT;
