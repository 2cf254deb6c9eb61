-- What the edges counted, hour by hour: for windows in the past, of which the running sums say nothing.
CREATE TABLE edge_hours (
    issuer  TEXT    NOT NULL REFERENCES issuers (id),
    hour    INTEGER NOT NULL,    -- its first second
    counter TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (issuer, hour, counter)
) STRICT;
