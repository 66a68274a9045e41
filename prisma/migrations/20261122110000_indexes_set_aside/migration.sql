-- A first night of many writes into empty tables, and to build an index of what is there takes a fraction of keeping it
-- up to date row by row. Indexes are dropped beforehand, in a transaction of their own, and built again in the one that
-- publishes; their definitions are kept here meanwhile, so that whoever dies in between leaves nothing to guess.
-- Locks nothing: one table is new. Older versions of the program run on this schema, once the first night is published.

CREATE TABLE "indexes_set_aside" (
    "name" TEXT NOT NULL,
    "definition" TEXT NOT NULL,

    CONSTRAINT "indexes_set_aside_pkey" PRIMARY KEY ("name")
);

COMMENT ON TABLE "indexes_set_aside" IS
  'Indexes of the history that a first night of many builds when everybody is in; empty at any other time.';
