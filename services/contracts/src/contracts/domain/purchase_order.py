"""Purchase orders: a ceiling, what signed contracts hold of it, what was invoiced. committed + invoiced <= ceiling, always."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import InvalidFields, PreconditionFailed, Violation
from chassis.money import Money, exponent
from chassis.states import StateTable

from contracts.domain.events import Events, PurchaseOrderBudgetChanged, PurchaseOrderClosed, PurchaseOrderOpened
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
    found = []
    times = Counter(line.line_number for line in lines)
    for place, line in enumerate(lines):
        if times[line.line_number] > 1:
            found.append(Violation(f"lines[{place}].line_number", f"line {line.line_number} is there twice", "DUPLICATE"))
        if line.ceiling.currency != currency:
            found.append(Violation(f"lines[{place}].ceiling.currency", f"must be {currency}", "CURRENCY_MISMATCH"))
        if not 0 < line.ceiling.amount_minor <= MAX_AMOUNT_MINOR:
            text = f"must be from 1 to {MAX_AMOUNT_MINOR}"
            found.append(Violation(f"lines[{place}].ceiling.amount_minor", text, "OUT_OF_RANGE"))
    if found:
        raise InvalidFields(found)


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
    return PreconditionFailed.one(
        "BUDGET_EXCEEDED", order.id, f"{wanted} is needed, {order.available} is available on purchase order {order.number}"
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
