"""Verifying and taking away a service's audit trail, trusting nothing of the service but what is computed again here."""
