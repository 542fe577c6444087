"""Codes of refusals, as docs/errors.md lists them: code -> (meaning, who acts, what to do)."""

PRECONDITIONS = {
    "NOTHING_TO_PAY": ("nothing open is owed in the account's currency", "FINANCE", "nothing: wait for approved invoices"),
    "LINE_AMOUNT": ("what is owed for the line has changed since it was planned", "FINANCE", "cancel the run and plan anew"),
    "LINE_PAYOUT_METHOD": (
        "the payee's method has changed since the line was planned",
        "FINANCE",
        "cancel the run and plan anew",
    ),
    "DIGEST_DIFFERS": ("the digest is not that of the plan", "FINANCE", "read the run again and give its digest"),
    "APPROVAL_EXPIRED": ("approvals ran out of time", "FINANCE", "cancel the run and plan anew"),
    "BALANCE": ("the ledger balance does not allow it", "FINANCE", "deposit money"),
    "RESOLUTION_DIFFERS": ("two people say different things about one payment", "FINANCE", "agree on one, with evidence"),
    "FUNDING_ACCOUNT_CLAIMED": (
        "the account is funded by another organisation that has registered it too",
        "PLATFORM",
        "settle with the bank whose account it is",
    ),
    "PAYOUT_METHOD_ELSEWHERE": (
        "the contractor has no current payout method at this bank in this currency",
        "CONTRACTOR",
        "add one with partner_bank set",
    ),
}
