"""Columns of a history."""

HISTORY = "occurred_at from_state to_state actor reason version"
