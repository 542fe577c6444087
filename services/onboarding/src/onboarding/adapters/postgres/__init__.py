"""Storage in Postgres: one repository a file, SQL beside it, all bound to one transaction."""
