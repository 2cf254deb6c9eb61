-- Where the installation has moved to, if it has: from then on nothing is changed here any more.
CREATE TABLE moved (
    "only" BIGINT           PRIMARY KEY CHECK ("only" = 1),
    place  TEXT COLLATE "C" NOT NULL,
    at     BIGINT           NOT NULL
);
