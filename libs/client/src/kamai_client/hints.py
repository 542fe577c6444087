"""What a person can do about a refusal, in commands of `kamai`, by its reason or by what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Every reason of docs/errors.md. "" where the error itself says it all: the fields, the missing conditions, what a state allows.
BY_REASON: Mapping[str, str] = {
    "INVALID_FIELDS": "",
    "INVALID_PAGE_TOKEN": "begin again at the first page: a token goes only with the filters it was made for",
    "MALFORMED_MESSAGE": "client and service do not fit: use the client of the service's version",
    "NOT_FOUND": "check the id and --for: what belongs to somebody else is not found either",
    "ALREADY_EXISTS": "use what is there, or choose another number or reference",
    "REQUEST_ID_REUSED": "a request_id belongs to one request: repeat that one unchanged, or take a new id",
    "ILLEGAL_STATE": "",
    "PRECONDITION_FAILED": "",
    "PLAN_DRIFTED": "recall the run, plan it anew and have it approved again",
    "STALE_ETAG": "somebody changed it meanwhile: show it again and repeat the command",
    "CONFLICT": "somebody changed it meanwhile: repeat the command",
    "UNAUTHENTICATED": "set KAMAI_TOKEN, or KAMAI_DEV_TOKEN_KEY of the stack that is called",
    "PERMISSION_DENIED": "act as somebody who may: --as NAME, --for org_... or contractor_...",
    "STEP_UP_REQUIRED": "sign in again with a second factor; for development: kamai dev token --for ... --approve METHOD=ID",
    "FOUR_EYES": "another person has to do this: --as NAME",
    "LIMIT_EXCEEDED": "repeat it later, or ask for less at once",
    "MESSAGE_TOO_LARGE": "send less at once",
    "DEADLINE_EXCEEDED": "the outcome is unknown: look before you repeat it",
    "UNAVAILABLE": "is the stack up? `make status` shows it",
    "INTERNAL": "a fault of the service: give the incident to its operator",
    "UNSUPPORTED": "this version of the service does not offer it",
    "CANCELLED": "it was given up before the answer came: look before you repeat it",
}

# Of single conditions, where a command shows or changes what is missing.
BY_CONDITION: Mapping[str, str] = {
    "APPROVAL_EXPIRED": "`kamai runs cancel RUN_ID`, then plan it anew",
    "BALANCE": "`kamai funding list ORG_ID` shows the balances, `kamai funding deposit` records what arrived",
    "BUDGET_EXCEEDED": "`kamai orders show ORDER_ID` shows what is left, `kamai orders amend` raises a ceiling",
    "CAPABILITY_MISSING": "`kamai contractors show CONTRACTOR_ID` says what is missing and who acts",
    "DIGEST_DIFFERS": "`kamai runs show RUN_ID` prints the digest",
    "DOCUMENT_CHANGED": "the hash is not that of the document as it is now: read it again and sign the hash that"
    " `kamai contracts document CONTRACT_ID --out FILE` prints",
    "LIST_SHRANK": "--accept-shrinking, once the publisher's own count says the same",
    "PAYOUT_METHOD_ELSEWHERE": "`kamai methods add ... --partner-bank BANK`",
    "SCREENING_HIT_CONFIRMED": "`kamai screenings show CONTRACTOR_ID` shows it",
    "SCREENING_HIT_OPEN": "`kamai screenings show CONTRACTOR_ID` shows it, `kamai screenings decide` decides it",
}


# What texts of the services call by its RPC.
COMMANDS: Mapping[str, str] = {
    "AmendPurchaseOrder": "kamai orders amend",
    "ApproveInvoice": "kamai invoices approve",
    "DecideScreeningHit": "kamai screenings decide",
    "GetContractDocument": "kamai contracts document",
    "GetRequirements": "kamai contractors requirements",
    "ImportWatchlist": "kamai watchlists import",
    "InquireAttempt": "kamai banks inquire",
    "ResolveUnknownAttempt": "kamai banks resolve",
}
_RPC = re.compile(rf"\b({'|'.join(COMMANDS)})\b")


def in_commands(text: str) -> str:
    """With the command in place of the RPC it calls."""
    return _RPC.sub(lambda found: f"`{COMMANDS[found[1]]}`", text)


def hint(reason: str, conditions: tuple[str, ...]) -> str:
    """One line; "" when there is nothing to add. `conditions`: types of what is missing."""
    for condition in conditions:
        if condition in BY_CONDITION:
            return BY_CONDITION[condition]
    return BY_REASON.get(reason, "")
