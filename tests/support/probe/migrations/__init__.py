"""Tables of the probe."""
