-- An organization that does not want its usage in the rankings of the whole installation (S21).
ALTER TABLE organization ADD COLUMN hidden_from_rankings BOOLEAN NOT NULL DEFAULT FALSE;
