"""Limits that keep every sum and product within 64 bits."""

from __future__ import annotations

from datetime import timedelta

# 10^15 times the most a price multiplies it by (a day of hours, premiums of 500 % twice), or 500 times: below 2^63.
MAX_AMOUNT_MINOR = 10**15
MAX_AHEAD = timedelta(days=731)
