"""What a payout account needs per country and currency, and whether given fields fulfil it."""

from .formats import CountryAccountFormats

__all__ = ["CountryAccountFormats"]
