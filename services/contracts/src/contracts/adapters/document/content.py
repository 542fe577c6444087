"""What a contract's document says, as plain data for the template."""

from __future__ import annotations

import unicodedata
from typing import Any

from contracts.domain.contract import Contract
from contracts.domain.terms import FixedTerms, SessionTerms, TimeTerms

_Rows = list[tuple[str, str]]


def content(contract: Contract, client_name: str, order_number: str) -> dict[str, Any]:
    terms = contract.terms
    prices, rules = _terms(contract)
    return {
        "id": contract.id,
        "version": str(contract.terms_version),
        "title": terms.title,
        "facts": _facts(contract, client_name, order_number),
        "prices": prices,
        "rules": [
            *rules,
            f"Invoices are due {terms.payment_due_days} days after their date.",
            f"Work that the client does not answer within {terms.acceptance.days} days counts as accepted.",
        ],
        "scope": [{"text": line, "rtl": _right_to_left(line)} for line in terms.scope.splitlines() if line.strip()],
    }


def _right_to_left(text: str) -> bool:
    """By the first strong character (Unicode Bidirectional Algorithm, rule P2)."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _facts(contract: Contract, client_name: str, order_number: str) -> _Rows:
    terms = contract.terms
    return [
        ("Client", f"{client_name} ({contract.organisation_id})"),
        ("Contractor", contract.contractor_id),
        ("Purchase order", order_number),
        ("Reference", contract.external_id or "none"),
        ("Period", f"{terms.start_date} to {terms.end_date or 'open'}"),
        ("At most", str(contract.total)),
    ]


def _terms(contract: Contract) -> tuple[_Rows, list[str]]:
    match contract.terms.kind:
        case FixedTerms() as fixed:
            return _fixed(fixed), []
        case TimeTerms() as time:
            unit, cap = time.unit.lower(), time.weekly_cap_hundredths
            rule = f"At most {cap // 100}.{cap % 100:02d} {unit}s a week are paid."
            return [(f"Each {unit}", str(time.rate)), ("At most in all", str(time.budget))], [rule]
        case SessionTerms() as session:
            return _session(session)


def _fixed(fixed: FixedTerms) -> _Rows:
    rows = []
    for number, milestone in enumerate(fixed.milestones, 1):
        due = f", due {milestone.due_date}" if milestone.due_date else ""
        rows.append((f"{number}. {milestone.title}{due}", str(milestone.amount)))
    return rows


def _session(session: SessionTerms) -> tuple[_Rows, list[str]]:
    rows = [(f"{rate.skill}, each hour", str(rate.hourly_rate)) for rate in session.rates]
    rules = [
        f"Requested less than {p.notice_hours} hours before the start: {_percent(p.premium_bps)} more; the highest applies."
        for p in session.urgency_premiums
    ]
    if session.minimum_minutes:
        rules.append(f"At least {session.minimum_minutes} minutes are charged.")
    if session.weekend_premium_bps:
        rules.append(f"Saturday and Sunday ({session.zone.key}): {_percent(session.weekend_premium_bps)} more.")
    rules.append(
        f"Cancelled by the client less than {session.late_cancellation_hours} hours before the start: "
        f"{_percent(session.late_cancellation_bps)} of the price is charged."
    )
    rules.append(f"Client does not appear: {_percent(session.no_show_bps)} of the price is charged.")
    return [*rows, ("At most in all", str(session.budget))], rules


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"
