"""A bank with an HTTP door: hand in a payment file, collect its mailbox, ask about one payment."""

from payouts.adapters.bank_http.client import BankHttpClient as BankHttpClient
from payouts.adapters.bank_http.settings import BankHttpSettings as BankHttpSettings
from payouts.adapters.bank_http.settings import BankPaths as BankPaths
