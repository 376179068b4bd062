-- The roll-ups are moved once for each batch of the ledger (dev.faregate.usage.UsageSums): a row trigger moved up to four
-- counters for each generation, which took longer than writing the generation.
DROP TRIGGER generation_added;
DROP TRIGGER generation_added_free;
DROP TRIGGER generation_changed_out;
DROP TRIGGER generation_changed_in;
DROP TRIGGER generation_changed_out_free;
DROP TRIGGER generation_changed_in_free;
