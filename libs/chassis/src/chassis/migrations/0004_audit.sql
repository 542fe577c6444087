-- Who did what: rows, their chain, and its signed roots.
SELECT 1;
