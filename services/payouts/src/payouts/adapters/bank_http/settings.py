"""Where a bank's doors are and how long each may take."""

from dataclasses import dataclass, field

from chassis.secret_files import Secret


@dataclass(frozen=True, slots=True)
class BankPaths:
    """Paths below the base url. The defaults are the development counterparty's."""

    submit: str = "/payments"
    mailbox: str = "/_mock/mailbox"
    sent: str = "/_mock/messages"
    payments: str = "/_mock/payments"


@dataclass(frozen=True, slots=True)
class BankHttpSettings:
    """`connect_timeout_s` ends before anything is sent; the others may end after the bank has acted.

    `submit_timeout_s` bounds a whole submission, however slowly the bank drips its answer;
    `ask_timeout_s` every other call. `max_answer_bytes` bounds one answer in memory.
    """

    base_url: str
    user: str | None = None
    password: Secret | None = field(default=None, repr=False)
    connect_timeout_s: float = 5.0
    io_timeout_s: float = 30.0
    submit_timeout_s: float = 120.0
    ask_timeout_s: float = 30.0
    max_answer_bytes: int = 64 * 1024 * 1024
    max_connections: int = 8
    paths: BankPaths = BankPaths()
