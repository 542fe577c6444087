"""PayoutMethodService."""

from __future__ import annotations

from typing import Any

from chassis import ids
from chassis.errors import InvalidFields
from chassis.rpc import pages
from kamai.onboarding.v1 import payout_method_pb2 as pb
from kamai.onboarding.v1.payout_method_pb2_grpc import PayoutMethodServiceServicer

from onboarding.app.add_payout_method import AddPayoutMethod, add_payout_method
from onboarding.app.disable_payout_method import DisablePayoutMethod, disable_payout_method
from onboarding.app.new_account import NewAccount
from onboarding.app.ports import Checks
from onboarding.entrypoints import messages
from onboarding.entrypoints.session import Calls, Session


class PayoutMethodServicer(PayoutMethodServiceServicer):
    def __init__(self, calls: Calls, checks: Checks) -> None:
        self._calls, self._checks = calls, checks

    async def GetPayoutMethodRequirements(self, request: pb.GetPayoutMethodRequirementsRequest, context: Any) -> Any:
        fields = self._checks.accounts.requirements(request.country, request.currency)
        if not fields:
            raise InvalidFields.one("country", "no account format is known for this country", "UNSUPPORTED")
        specs = [
            pb.AccountFieldSpec(name=f.name, label=f.label, pattern=f.pattern, example=f.example, required=f.required)
            for f in fields
        ]
        return pb.GetPayoutMethodRequirementsResponse(fields=specs)

    async def AddPayoutMethod(self, request: pb.AddPayoutMethodRequest, context: Any) -> Any:
        account = NewAccount(
            request.country, request.currency, request.holder_name, dict(request.fields), request.purpose_code,
            request.partner_bank,
        )  # fmt: skip
        command = AddPayoutMethod(request.contractor_id, account)

        async def work(uow: Session) -> pb.AddPayoutMethodResponse:
            method = await add_payout_method(uow, self._checks, command)
            return pb.AddPayoutMethodResponse(payout_method=messages.payout_method(method))

        return await self._calls.run(request, work)

    async def ListPayoutMethods(self, request: pb.ListPayoutMethodsRequest, context: Any) -> Any:
        page = pages.of(request)

        async def work(uow: Session) -> pb.ListPayoutMethodsResponse:
            await uow.contractors.get(request.contractor_id)
            found = await uow.payout_methods.page(request.contractor_id, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda method: ids.raw(method.id))
            return pb.ListPayoutMethodsResponse(
                payout_methods=[messages.payout_method(method) for method in given], next_page_token=token
            )

        return await self._calls.read(work)

    async def DisablePayoutMethod(self, request: pb.DisablePayoutMethodRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.DisablePayoutMethodResponse:
            method = await disable_payout_method(uow, self._checks, DisablePayoutMethod(request.id, request.reason))
            return pb.DisablePayoutMethodResponse(payout_method=messages.payout_method(method))

        return await self._calls.run(request, work)
