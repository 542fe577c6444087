"""Contracts: drafted, proposed, signed by the client and then by the contractor, running, over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import FourEyes, PreconditionFailed
from chassis.money import Money
from chassis.states import StateTable

from contracts.domain.events import ContractDrafted, ContractStateChanged, Events
from contracts.domain.purchase_order import PurchaseOrder, budget_exceeded
from contracts.domain.terms import ContractTerms

INVITATION = timedelta(days=30)


class ContractState(StrEnum):
    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    AWAITING_CLIENT_SIGNATURE = "AWAITING_CLIENT_SIGNATURE"
    AWAITING_CONTRACTOR_SIGNATURE = "AWAITING_CONTRACTOR_SIGNATURE"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


S = ContractState
# PAUSED and ENDING join the table together with the methods that lead there.
CONTRACT: StateTable[ContractState] = StateTable(
    "contract",
    {
        S.DRAFT: {"propose": S.AWAITING_CLIENT_SIGNATURE, "propose_beyond_budget": S.PENDING_APPROVAL, "void": S.VOIDED},
        # the client's signature checks the budget again, so that it may come as soon as there is room: docs/decisions/0009
        S.PENDING_APPROVAL: {
            "propose": S.AWAITING_CLIENT_SIGNATURE,
            "sign_as_client": S.AWAITING_CONTRACTOR_SIGNATURE,
            "void": S.VOIDED,
        },
        S.AWAITING_CLIENT_SIGNATURE: {"sign_as_client": S.AWAITING_CONTRACTOR_SIGNATURE, "void": S.VOIDED},
        S.AWAITING_CONTRACTOR_SIGNATURE: {
            "sign_as_contractor": S.ACTIVE,
            "sign_as_contractor_ahead": S.SCHEDULED,
            "decline": S.DECLINED,
            "void": S.VOIDED,
            "expire": S.EXPIRED,
        },
        S.SCHEDULED: {"start": S.ACTIVE, "end": S.ENDED},
        S.ACTIVE: {"end": S.ENDED},
    },
)


class Party(StrEnum):
    CLIENT = "CLIENT"
    CONTRACTOR = "CONTRACTOR"


@dataclass(frozen=True, slots=True)
class Signature:
    party: Party
    signer_name: str
    signed_by: str
    signed_at: datetime
    document_sha256: str


@dataclass(frozen=True, slots=True)
class Contract:
    id: str
    organisation_id: str
    contractor_id: str
    purchase_order_id: str
    state: ContractState
    terms: ContractTerms
    terms_version: int
    signatures: tuple[Signature, ...]
    document_sha256: str
    invitation_expires_at: datetime | None
    external_id: str
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def total(self) -> Money:
        return self.terms.total


def draft(
    contract_id: str, organisation_id: str, contractor_id: str, purchase_order_id: str, terms: ContractTerms, external_id: str,
    now: datetime,
) -> tuple[Contract, Events]:  # fmt: skip
    made = Contract(
        contract_id, organisation_id, contractor_id, purchase_order_id, S.DRAFT, terms, 1, (), "", None, external_id, 1, now, now
    )
    return made, (ContractDrafted(contract_id, organisation_id, contractor_id, purchase_order_id, terms.total),)


def propose(contract: Contract, order: PurchaseOrder, document_sha256: str, now: datetime) -> tuple[Contract, Events]:
    """Sends the document for signature; without enough budget it waits for approval."""
    verb = "propose" if contract.total <= order.available else "propose_beyond_budget"
    if verb != "propose" and contract.state is S.PENDING_APPROVAL:
        raise budget_exceeded(order, contract.total)
    return _moved(contract, verb, now, document_sha256=document_sha256)


def sign_as_client(
    contract: Contract, signer_name: str, actor: str, document_sha256: str, now: datetime
) -> tuple[Contract, Events]:
    CONTRACT.next(contract.state, "sign_as_client")  # a wrong state is told before a wrong document
    signature = _signature(contract, Party.CLIENT, signer_name, actor, document_sha256, now)
    return _moved(contract, "sign_as_client", now, signatures=(signature,), invitation_expires_at=now + INVITATION)


def sign_as_contractor(
    contract: Contract, signer_name: str, actor: str, document_sha256: str, now: datetime
) -> tuple[Contract, Events]:
    """ACTIVE at once, or SCHEDULED when the first day (UTC) is still to come."""
    verb = "sign_as_contractor_ahead" if contract.terms.start_date > now.date() else "sign_as_contractor"
    CONTRACT.next(contract.state, verb)
    if any(signature.signed_by == actor for signature in contract.signatures):
        raise FourEyes("the same person cannot sign for both parties")
    signature = _signature(contract, Party.CONTRACTOR, signer_name, actor, document_sha256, now)
    return _moved(contract, verb, now, signatures=(*contract.signatures, signature), invitation_expires_at=None)


def _signature(contract: Contract, party: Party, name: str, actor: str, document_sha256: str, now: datetime) -> Signature:
    if document_sha256 != contract.document_sha256:
        raise PreconditionFailed.one(
            "DOCUMENT_CHANGED",
            contract.id,
            "this is not the contract's document: read GetContractDocument and sign that one",
        )
    return Signature(party, name, actor, now, document_sha256)


def decline(contract: Contract, now: datetime) -> tuple[Contract, Events]:
    return _moved(contract, "decline", now, invitation_expires_at=None)


def void(contract: Contract, now: datetime) -> tuple[Contract, Events]:
    return _moved(contract, "void", now, invitation_expires_at=None)


def expire(contract: Contract, now: datetime) -> tuple[Contract, Events]:
    return _moved(contract, "expire", now, invitation_expires_at=None)


def start(contract: Contract, now: datetime) -> tuple[Contract, Events]:
    return _moved(contract, "start", now)


def end(contract: Contract, now: datetime) -> tuple[Contract, Events]:
    return _moved(contract, "end", now)


def require_running(contract: Contract) -> None:
    """New work is for ACTIVE contracts."""
    if contract.state is not S.ACTIVE:
        raise PreconditionFailed.one(
            "CONTRACT_NOT_ACTIVE", contract.id, f"the contract is {contract.state}: work needs an ACTIVE one"
        )


def _moved(contract: Contract, verb: str, now: datetime, **changes: object) -> tuple[Contract, Events]:
    state = CONTRACT.next(contract.state, verb)
    moved = replace(contract, state=state, version=contract.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]
    event = ContractStateChanged(
        contract.id, contract.organisation_id, contract.contractor_id, contract.state, state, contract.terms_version
    )
    return moved, (event,)
