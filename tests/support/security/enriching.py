"""What the demo leaves out and the walk asks for: contractors an organisation registers, one of them erased; an amended order;
failed events."""

from __future__ import annotations

from collections.abc import Iterable

from kamai.contracts.v1 import purchasing_pb2
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2, payout_method_pb2, personal_data_service_pb2
from kamai.onboarding.v1.personal_data_service_pb2_grpc import PersonalDataServiceStub
from kamai_client.approvals import Approval
from kamai_client.client import Kamai
from kamai_client.target import Target

from support.security.filling import EMAIL
from support.security.poison import leave_unreadable_records

_PROCUREMENT, _COMPLIANCE = "procurement.walk", "compliance.walk"
_COUNTRY, _CURRENCY, _IBAN = "DE", "EUR", "DE89370400440532013000"


async def enrich(target: Target, organisation_id: str, services: Iterable[str]) -> None:
    """Raises KamaiClientError when a call is refused."""
    async with target.client(_PROCUREMENT, organisation_id) as kamai:
        kept = await _registered(kamai, "Marlene Vogt", EMAIL)
        await _add_account(kamai, kept)
        erased = await _registered(kamai, "Bernd Erased", "bernd.erased@example.org")
        await _amend_order(kamai, organisation_id)
    erasure = Approval("kamai.onboarding.v1.PersonalDataService/EraseContractor", erased)
    async with target.client(_COMPLIANCE, approves=[erasure]) as kamai:
        await _hold_and_erase(kamai, kept, erased)
    await leave_unreadable_records(target.bootstrap, services)


async def _registered(kamai: Kamai, name: str, email: str) -> str:
    profile = contractor_pb2.ContractorProfile(
        legal_name=name, person_type=contractor_pb2.PERSON_TYPE_INDIVIDUAL, country=_COUNTRY, email=email
    )
    asked = contractor_service_pb2.RegisterContractorRequest(profile=profile)
    return str((await kamai.contractors.RegisterContractor(asked)).contractor.id)


async def _add_account(kamai: Kamai, contractor_id: str) -> None:
    method = payout_method_pb2.AddPayoutMethodRequest(
        contractor_id=contractor_id, country=_COUNTRY, currency=_CURRENCY, fields={"iban": _IBAN}
    )
    await kamai.payout_methods.AddPayoutMethod(method)


async def _hold_and_erase(kamai: Kamai, kept: str, erased: str) -> None:
    personal = PersonalDataServiceStub(kamai.channel("onboarding"))
    hold = personal_data_service_pb2.PlaceLegalHoldRequest(contractor_id=kept, reason="a case at court")
    hold.until.FromJsonString("2099-01-01T00:00:00Z")
    await personal.PlaceLegalHold(hold)
    await kamai.contractors.CloseContractor(contractor_service_pb2.CloseContractorRequest(id=erased, reason="asked to be erased"))
    await personal.EraseContractor(personal_data_service_pb2.EraseContractorRequest(id=erased, reason="request-1"))


async def _amend_order(kamai: Kamai, organisation_id: str) -> None:
    """The oldest one: its first line may cost one unit more."""
    asked = purchasing_pb2.ListPurchaseOrdersRequest(organisation_id=organisation_id)
    orders = (await kamai.purchase_orders.ListPurchaseOrders(asked)).purchase_orders
    order = min(orders, key=lambda each: each.id)
    line = order.lines[0]
    line.ceiling.amount_minor += 1
    ceiling = purchasing_pb2.LineCeiling(line_number=line.line_number, ceiling=line.ceiling)
    await kamai.purchase_orders.AmendPurchaseOrder(
        purchasing_pb2.AmendPurchaseOrderRequest(id=order.id, etag=order.etag, ceilings=[ceiling], reason="one more unit")
    )
