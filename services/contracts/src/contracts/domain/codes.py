"""Codes of refusals, holds and blockers, as docs/errors.md lists them: code -> (meaning, who acts, what to do)."""

from __future__ import annotations

PRECONDITIONS = {
    "BUDGET_EXCEEDED": (
        "the purchase order does not cover it",
        "ORGANISATION",
        "raise the order's ceiling (AmendPurchaseOrder) or end another contract on it, then repeat",
    ),
    "CEILING_BELOW_COMMITTED": (
        "the new ceiling is less than what is committed and invoiced",
        "ORGANISATION",
        "take a higher ceiling, or end or void contracts first",
    ),
    "PURCHASE_ORDER_CLOSED": ("the purchase order is closed", "ORGANISATION", "draft the contract on an open purchase order"),
    "NOT_PROPOSED": ("the contract has no document yet", "ORGANISATION", "propose it first"),
    "DOCUMENT_CHANGED": (
        "the hash that was signed is not the contract's document",
        "ORGANISATION",
        "read GetContractDocument and sign that one",
    ),
    "CAPABILITY_MISSING": (
        "the contractor may not do this yet, or not any more",
        "CONTRACTOR",
        "meet the open requirements of the contractor's case",
    ),
    "CONTRACTOR_ERASED": (
        "the contractor's personal data was erased: the document is gone, and nothing new is kept of this person",
        "ORGANISATION",
        "nothing brings it back: what was agreed stays in the contract's terms",
    ),
    "CONTRACT_NOT_ACTIVE": ("work is for running contracts", "ORGANISATION", "have both parties sign, or use another contract"),
    "NOT_COMMITTED": ("the contract holds nothing of its purchase order", "ORGANISATION", "have the client sign it first"),
    "BUDGET_CAP": ("the work would exceed what the contract may cost", "ORGANISATION", "agree on a contract for the rest"),
    "WRONG_KIND": ("the contract is of another kind", "ORGANISATION", "use the call that goes with its terms"),
    "SESSION_NOT_STARTED": ("nobody is absent before the session has begun", "ORGANISATION", "wait for its start, or cancel it"),
    "NOTHING_CHARGED": ("nothing is charged for this work", "ORGANISATION", "nothing: there is nothing to accept"),
}

# What keeps the client from signing.
BLOCKERS = {
    "BUDGET_EXCEEDED": (
        "the purchase order does not cover the contract",
        "ORGANISATION",
        "raise the ceiling of the purchase order (AmendPurchaseOrder) or end another contract on it; then sign, or propose again",
    ),
    "PURCHASE_ORDER_CLOSED": (
        "the purchase order is closed",
        "ORGANISATION",
        "void the contract and draft it on an open purchase order",
    ),
}

# What keeps an invoice from being approved, or fully paid.
HOLDS = {
    "PURCHASE_ORDER_CLOSED": (
        "the purchase order was closed before the invoice",
        "ORGANISATION",
        "another person than the acceptor approves it, or void it",
    ),
    "PURCHASE_ORDER_EXHAUSTED": (
        "the order has not enough left for what exceeds the commitment",
        "ORGANISATION",
        "raise the order's ceiling (AmendPurchaseOrder), then approve the invoice",
    ),
    "OVER_TOLERANCE": (
        "the invoice exceeds its commitment by more than the order's tolerance",
        "ORGANISATION",
        "another person than the acceptor approves it, or void it",
    ),
    "SHORT_CREDIT": (
        "less than was owed has arrived",
        "FINANCE",
        "ask the bank about its fees; plan a run that names the obligation for the rest",
    ),
    "PAYMENT_CANCELLED": ("the payment was withdrawn before it was sent", "FINANCE", "plan it in another run"),
}
