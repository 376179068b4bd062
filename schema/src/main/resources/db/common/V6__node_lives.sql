-- The lives of nodes that may have left holds. `nonce` is also in the flight recorder of that life, `recorder` says which
-- file of the disk that is, `kernel_boot` which start of the machine: only that very file, on a machine that was not
-- started anew, proves that something was never sent. Written before the first hold of the life, removed when its holds
-- have ended.
CREATE TABLE node_life (
    boot        VARCHAR(36)  NOT NULL PRIMARY KEY,
    node        VARCHAR(36)  NOT NULL,
    nonce       VARCHAR(36)  NOT NULL,
    kernel_boot VARCHAR(64)  NOT NULL,
    recorder    VARCHAR(200) NOT NULL,
    started_at  BIGINT       NOT NULL
);

CREATE INDEX node_life_by_node ON node_life (node);
