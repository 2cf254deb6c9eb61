-- Where the installation has moved to, if it has: from then on nothing is changed here any more.
CREATE TABLE moved (
    "only" INTEGER PRIMARY KEY CHECK ("only" = 1),
    place  TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
