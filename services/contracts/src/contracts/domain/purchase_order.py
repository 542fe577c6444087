"""Purchase orders: a ceiling, what signed contracts hold of it, what was invoiced. committed + invoiced <= ceiling, always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import InvalidFields, PreconditionFailed, Violation
from chassis.money import Money, exponent
from chassis.states import StateTable

from contracts.domain.events import (
    Events,
    PurchaseOrderAmended,
    PurchaseOrderBudgetChanged,
    PurchaseOrderClosed,
    PurchaseOrderOpened,
)
from contracts.domain.limits import MAX_AMOUNT_MINOR

DEFAULT_TOLERANCE_BPS = 1_000


class PurchaseOrderState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


PURCHASE_ORDER: StateTable[PurchaseOrderState] = StateTable(
    "purchase order", {PurchaseOrderState.OPEN: {"close": PurchaseOrderState.CLOSED}}
)


@dataclass(frozen=True, slots=True)
class OrderLine:
    line_number: int
    description: str
    cost_centre: str
    ceiling: Money


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    id: str
    organisation_id: str
    number: str
    state: PurchaseOrderState
    lines: tuple[OrderLine, ...]
    ceiling: Money
    tolerance_bps: int
    committed: Money
    invoiced: Money
    version: int
    created_at: datetime

    @property
    def currency(self) -> str:
        return self.ceiling.currency

    @property
    def available(self) -> Money:
        return self.ceiling - self.committed - self.invoiced


@dataclass(frozen=True, slots=True)
class Amendment:
    """One line's ceiling, before and after."""

    line_number: int
    from_ceiling: Money
    to_ceiling: Money


@dataclass(frozen=True, slots=True)
class Commitment:
    """What one contract holds: reserved at the client's signature, of which `remaining` is neither invoiced nor released."""

    contract_id: str
    purchase_order_id: str
    organisation_id: str
    reserved: Money
    remaining: Money
    invoiced: Money


def open_order(
    order_id: str,
    organisation_id: str,
    number: str,
    currency: str,
    lines: tuple[OrderLine, ...],
    tolerance_bps: int,
    now: datetime,
) -> tuple[PurchaseOrder, Events]:
    """A new order whose ceiling is the sum of its lines; raises InvalidFields with every fault."""
    _check(currency, lines)
    ceiling = Money(sum(line.ceiling.amount_minor for line in lines), currency)
    zero = Money.zero(currency)
    made = PurchaseOrder(
        order_id, organisation_id, number, PurchaseOrderState.OPEN, lines, ceiling, tolerance_bps, zero, zero, 1, now
    )
    return made, (PurchaseOrderOpened(order_id, organisation_id, ceiling),)


def _check(currency: str, lines: tuple[OrderLine, ...]) -> None:
    exponent(currency)
    if found := _faults("lines", currency, [(line.line_number, line.ceiling) for line in lines]):
        raise InvalidFields(found)


def _faults(field: str, currency: str, ceilings: Sequence[tuple[int, Money]]) -> list[Violation]:
    """What is wrong with ceilings of lines, given as (line number, ceiling) in the request's list `field`."""
    found = []
    times = Counter(number for number, _ in ceilings)
    for place, (number, ceiling) in enumerate(ceilings):
        if times[number] > 1:
            found.append(Violation(f"{field}[{place}].line_number", f"line {number} is there twice", "DUPLICATE"))
        if ceiling.currency != currency:
            found.append(Violation(f"{field}[{place}].ceiling.currency", f"must be {currency}", "CURRENCY_MISMATCH"))
        if not 0 < ceiling.amount_minor <= MAX_AMOUNT_MINOR:
            text = f"must be from 1 to {MAX_AMOUNT_MINOR}"
            found.append(Violation(f"{field}[{place}].ceiling.amount_minor", text, "OUT_OF_RANGE"))
    return found


def amend(order: PurchaseOrder, ceilings: Sequence[tuple[int, Money]]) -> tuple[PurchaseOrder, tuple[Amendment, ...], Events]:
    """Gives lines, by number, other ceilings. What is committed and invoiced stays covered, else PreconditionFailed
    CEILING_BELOW_COMMITTED; raises InvalidFields with every fault."""
    require_open(order)
    before = {line.line_number: line.ceiling for line in order.lines}
    found = _faults("ceilings", order.currency, ceilings)
    for place, (number, ceiling) in enumerate(ceilings):
        if number not in before:
            found.append(Violation(f"ceilings[{place}].line_number", f"the order has no line {number}", "UNKNOWN_LINE"))
        elif before[number] == ceiling:
            found.append(Violation(f"ceilings[{place}].ceiling", "is its ceiling already", "UNCHANGED"))
    if found:
        raise InvalidFields(found)
    after = before | dict(ceilings)
    total = Money(sum(ceiling.amount_minor for ceiling in after.values()), order.currency)
    if total < order.committed + order.invoiced:
        raise PreconditionFailed.one("CEILING_BELOW_COMMITTED", order.id, f"{_standing(order)}: the ceiling cannot be {total}")
    lines = tuple(replace(line, ceiling=after[line.line_number]) for line in order.lines)
    changes = tuple(Amendment(number, before[number], ceiling) for number, ceiling in ceilings)
    event = PurchaseOrderAmended(order.id, order.organisation_id, order.ceiling, total)
    return replace(order, lines=lines, ceiling=total, version=order.version + 1), changes, (event,)


def close(order: PurchaseOrder) -> tuple[PurchaseOrder, Events]:
    state = PURCHASE_ORDER.next(order.state, "close")
    return replace(order, state=state, version=order.version + 1), (PurchaseOrderClosed(order.id, order.organisation_id),)


def require_open(order: PurchaseOrder) -> None:
    if order.state is not PurchaseOrderState.OPEN:
        raise PreconditionFailed.one(
            "PURCHASE_ORDER_CLOSED", order.id, f"purchase order {order.number} is closed: draft the contract on another one"
        )


def reserve(order: PurchaseOrder, contract_id: str, amount: Money) -> tuple[PurchaseOrder, Commitment, Events]:
    """Commits `amount` for a contract; raises PreconditionFailed BUDGET_EXCEEDED when less is available."""
    require_open(order)
    if order.available < amount:
        raise budget_exceeded(order, amount)
    made = Commitment(contract_id, order.id, order.organisation_id, amount, amount, Money.zero(order.currency))
    return _changed(replace(order, committed=order.committed + amount), made)


def budget_exceeded(order: PurchaseOrder, wanted: Money) -> PreconditionFailed:
    return PreconditionFailed.one("BUDGET_EXCEEDED", order.id, say_shortfall(order, wanted))


def say_shortfall(order: PurchaseOrder, wanted: Money) -> str:
    missing = wanted - order.available
    return f"{wanted} is needed, {order.available} is available, {missing} is missing: {_standing(order)}"


def _standing(order: PurchaseOrder) -> str:
    return (
        f"purchase order {order.number} has a ceiling of {order.ceiling}, {order.committed} committed, {order.invoiced} invoiced"
    )


def release(order: PurchaseOrder, commitment: Commitment, keep: Money) -> tuple[PurchaseOrder, Commitment, Events]:
    """Gives back what the contract holds beyond `keep`; no event when there is nothing to give back."""
    if commitment.remaining <= keep:
        return order, commitment, ()
    freed = commitment.remaining - keep
    return _changed(replace(order, committed=order.committed - freed), replace(commitment, remaining=keep))


def consume(order: PurchaseOrder, commitment: Commitment, amount: Money) -> tuple[PurchaseOrder, Commitment, Events]:
    """Turns commitment into invoiced money; what the commitment lacks is taken from what is available, else BUDGET_EXCEEDED."""
    held = amount if amount <= commitment.remaining else commitment.remaining
    if order.available < amount - held:
        raise budget_exceeded(order, amount - held)
    return _changed(
        replace(order, committed=order.committed - held, invoiced=order.invoiced + amount),
        replace(commitment, remaining=commitment.remaining - held, invoiced=commitment.invoiced + amount),
    )


def _changed(order: PurchaseOrder, commitment: Commitment) -> tuple[PurchaseOrder, Commitment, Events]:
    event = PurchaseOrderBudgetChanged(order.id, order.organisation_id, order.committed, order.invoiced)
    return replace(order, version=order.version + 1), commitment, (event,)
