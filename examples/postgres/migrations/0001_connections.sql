-- Gives every write of every instance its revision. A sequence never gives a number twice: not after a roll-back, and
-- not after a crash, which may only leave some out. So a record that is removed and inserted again has no old revision.
CREATE SEQUENCE handclasp_revisions AS bigint NO CYCLE;

-- Both sides of a connection have its id, and one database holds many instances: an id alone is no key.
-- COLLATE "C" compares bytes, as instances' UIDs are compared.
CREATE TABLE handclasp_connections (
    revision bigint NOT NULL,
    id uuid NOT NULL,
    instance text COLLATE "C" NOT NULL,
    phase text COLLATE "C" NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (instance, id)
);

-- For the pages of one phase.
CREATE INDEX handclasp_connections_by_phase ON handclasp_connections (instance, phase, id);
