-- The nodes on this database. `seen` is the database's clock at the node's last sign of life, a heartbeat or a batch;
-- `batches` counts the ledger batches of this life, so a server that has lost confirmed ones is found out.
CREATE TABLE node (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    boot       VARCHAR(36) NOT NULL,
    started_at BIGINT      NOT NULL,
    seen       BIGINT      NOT NULL,
    batches    BIGINT      NOT NULL
) WITH (fillfactor = 20);

-- Orphans are few and looked for in every batch.
CREATE INDEX posting_orphan ON posting (generation) WHERE source = 'ORPHAN';
