-- What changed in keys and their rules, for memories that must forget it: one counter, moved as the last step of each
-- such write under its own row lock, so a reader that saw a number has seen every smaller one (numbers of a sequence
-- become visible out of order). The log holds the newest changes; who has missed more than that forgets everything.
CREATE TABLE change_counter (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT  NOT NULL
);

INSERT INTO change_counter (id, seq) VALUES (1, 0);

CREATE TABLE change_log (
    seq     BIGINT      NOT NULL PRIMARY KEY,
    at      BIGINT      NOT NULL,
    subject VARCHAR(80) NOT NULL,
    -- Whether the subject is closed from here on, so that what runs for it is ended without asking again.
    closed  BOOLEAN     NOT NULL
);
