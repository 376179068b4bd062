-- Restores of this database from a backup: each is an epoch of its own. While the newest one has no `reconciled_at` the
-- service is closed, because what was spent after `taken_at` is not known here. `id` tells two restores of the same backup
-- apart; the counts are those of the backup, which no later count may be below.
CREATE TABLE restoration (
    epoch         INTEGER     NOT NULL PRIMARY KEY,
    id            VARCHAR(36) NOT NULL UNIQUE,
    taken_at      BIGINT      NOT NULL,
    restored_at   BIGINT      NOT NULL,
    postings      BIGINT      NOT NULL,
    transfers     BIGINT      NOT NULL,
    audit_events  BIGINT      NOT NULL,
    reconciled_at BIGINT
);
