-- Each connection of a node's ledger counts its batches in a row of its own: one row for both would make them wait for
-- each other. A node that counts this way has no `batches` itself; versions before this one have.
ALTER TABLE node ALTER COLUMN batches DROP NOT NULL;

CREATE TABLE node_connection (
    node    VARCHAR(36) NOT NULL REFERENCES node (id) ON DELETE CASCADE,
    number  INTEGER     NOT NULL,
    boot    VARCHAR(36) NOT NULL,
    batches BIGINT      NOT NULL,
    PRIMARY KEY (node, number)
) WITH (fillfactor = 20);
