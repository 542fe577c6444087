"""Contracts as messages, with what keeps the client from signing them."""

from __future__ import annotations

from kamai.contracts.v1 import contract_pb2 as pb
from kamai.type.v1 import history_pb2

from contracts.domain.budget_blocker import BUDGET_EXCEEDED, BudgetBlocker
from contracts.domain.contract import Contract
from contracts.domain.purchase_order import PurchaseOrder
from contracts.entrypoints import messages
from contracts.entrypoints.messages_terms import terms


def contract_message(contract: Contract, blocker: BudgetBlocker | None) -> pb.Contract:
    return pb.Contract(
        id=contract.id,
        organisation_id=contract.organisation_id,
        contractor_id=contract.contractor_id,
        purchase_order_id=contract.purchase_order_id,
        state=pb.ContractState.Value(f"CONTRACT_STATE_{contract.state}"),
        terms=terms(contract.terms),
        terms_version=contract.terms_version,
        total=messages.money(contract.total),
        signatures=[
            pb.Signature(
                party=pb.SigningParty.Value(f"SIGNING_PARTY_{signature.party}"),
                signer_name=signature.signer_name,
                signed_by=signature.signed_by,
                signed_at=messages.moment(signature.signed_at),
                document_sha256=signature.document_sha256,
            )
            for signature in contract.signatures
        ],
        document_sha256=contract.document_sha256,
        external_id=contract.external_id,
        etag=str(contract.version),
        create_time=messages.moment(contract.created_at),
        update_time=messages.moment(contract.updated_at),
        blockers=[_blocker(blocker)] if blocker else [],
        shortfall=_shortfall(contract, blocker.order) if blocker and blocker.code == BUDGET_EXCEEDED else None,
    )


def _blocker(blocker: BudgetBlocker) -> history_pb2.Blocker:
    return history_pb2.Blocker(
        code=blocker.code,
        message=blocker.message,
        who_acts=history_pb2.Party.Value(f"PARTY_{blocker.who_acts}"),
        remedy=blocker.remedy,
        subject=blocker.order.id,
    )


def _shortfall(contract: Contract, order: PurchaseOrder) -> pb.BudgetShortfall:
    return pb.BudgetShortfall(
        purchase_order_id=order.id,
        purchase_order_number=order.number,
        ceiling=messages.money(order.ceiling),
        committed=messages.money(order.committed),
        invoiced=messages.money(order.invoiced),
        available=messages.money(order.available),
        needed=messages.money(contract.total),
        missing=messages.money(contract.total - order.available),
    )
