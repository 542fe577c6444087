"""The audit trail: entries in the business transaction, their chain, its signed roots. See docs/audit.md."""
