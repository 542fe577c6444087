"""The client: typed stubs of every service over three addresses, with deadlines, tokens, request ids and retries."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import grpc
from kamai.banking.v1.freelancer_account_pb2_grpc import FreelancerAccountServiceStub
from kamai.contracts.v1.contract_pb2_grpc import ContractServiceStub
from kamai.contracts.v1.invoice_pb2_grpc import InvoiceServiceStub
from kamai.contracts.v1.purchasing_pb2_grpc import OrganisationServiceStub, PurchaseOrderServiceStub
from kamai.contracts.v1.work_pb2_grpc import (
    MilestoneServiceStub,
    SessionServiceStub,
    TimesheetServiceStub,
    WorkItemServiceStub,
)
from kamai.onboarding.v1.contractor_service_pb2_grpc import ContractorServiceStub
from kamai.onboarding.v1.payout_method_pb2_grpc import PayoutMethodServiceStub
from kamai.onboarding.v1.personal_data_service_pb2_grpc import PersonalDataServiceStub
from kamai.onboarding.v1.review_pb2_grpc import ReviewServiceStub
from kamai.onboarding.v1.screening_pb2_grpc import ScreeningServiceStub
from kamai.ops.v1.audit_pb2_grpc import AuditServiceStub
from kamai.ops.v1.event_admin_pb2_grpc import EventAdminServiceStub
from kamai.payouts.v1.bank_pb2_grpc import BankServiceStub, LedgerServiceStub
from kamai.payouts.v1.funding_pb2_grpc import FundingServiceStub
from kamai.payouts.v1.obligation_pb2_grpc import PayoutServiceStub
from kamai.payouts.v1.run_pb2_grpc import RunServiceStub

from kamai_client.calls import CallPolicy, interceptors
from kamai_client.pages import pages
from kamai_client.tokens import Token

if TYPE_CHECKING:
    from kamai.ops.v1.audit_pb2_grpc import AuditServiceAsyncStub
    from kamai.ops.v1.event_admin_pb2_grpc import EventAdminServiceAsyncStub

SERVICES = ("onboarding", "contracts", "payouts")
S = TypeVar("S")


class AddressMissing(Exception):
    """A call to a service whose address the client was not given."""


class _Stub(Generic[S]):
    """A stub that is made when it is first used; its service's address is needed only then."""

    def __init__(self, service: str, make: Callable[[grpc.aio.Channel], S]) -> None:
        self._service, self._make = service, make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, client: Kamai, owner: type) -> S:
        stub = self._make(client.channel(self._service))
        client.__dict__[self._name] = stub
        return stub


class Kamai:
    """Asynchronous client; to be made and used inside one event loop, and closed (`async with`).

    Args:
        onboarding, contracts, payouts: ``host:port``; only those that are called are needed.
        token: bearer token, or a callable that gives one.
        policy: deadlines and retries; its token is replaced by `token`.
        credentials: TLS (`kamai_client.tls.TlsFiles`); None speaks plain HTTP/2, for loopback and meshes.

    Every call raises `KamaiClientError` when it is refused or does not get through.
    """

    contractors = _Stub("onboarding", ContractorServiceStub)
    payout_methods = _Stub("onboarding", PayoutMethodServiceStub)
    reviews = _Stub("onboarding", ReviewServiceStub)
    screenings = _Stub("onboarding", ScreeningServiceStub)
    personal_data = _Stub("onboarding", PersonalDataServiceStub)
    organisations = _Stub("contracts", OrganisationServiceStub)
    purchase_orders = _Stub("contracts", PurchaseOrderServiceStub)
    contracts = _Stub("contracts", ContractServiceStub)
    milestones = _Stub("contracts", MilestoneServiceStub)
    timesheets = _Stub("contracts", TimesheetServiceStub)
    sessions = _Stub("contracts", SessionServiceStub)
    work_items = _Stub("contracts", WorkItemServiceStub)
    invoices = _Stub("contracts", InvoiceServiceStub)
    payouts = _Stub("payouts", PayoutServiceStub)
    runs = _Stub("payouts", RunServiceStub)
    funding = _Stub("payouts", FundingServiceStub)
    banks = _Stub("payouts", BankServiceStub)
    ledger = _Stub("payouts", LedgerServiceStub)
    accounts = _Stub("payouts", FreelancerAccountServiceStub)

    def __init__(
        self,
        *,
        onboarding: str = "",
        contracts: str = "",
        payouts: str = "",
        token: Token | None = None,
        policy: CallPolicy | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        given = policy or CallPolicy()
        self._policy = CallPolicy(**(vars(given) | {"token": token or given.token}))
        self._addresses = dict(zip(SERVICES, (onboarding, contracts, payouts), strict=True))
        self._credentials = credentials
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._failed_events: dict[str, EventAdminServiceAsyncStub] = {}
        self._audits: dict[str, AuditServiceAsyncStub] = {}

    pages = staticmethod(pages)

    def failed_events(self, service: str) -> EventAdminServiceAsyncStub:
        """Events that `service` (onboarding, contracts or payouts) could not handle."""
        if service not in self._failed_events:
            self._failed_events[service] = EventAdminServiceStub(self.channel(service))
        return self._failed_events[service]

    def audit(self, service: str) -> AuditServiceAsyncStub:
        """The audit trail of `service` (onboarding, contracts or payouts)."""
        if service not in self._audits:
            self._audits[service] = AuditServiceStub(self.channel(service))
        return self._audits[service]

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel of a service; raises AddressMissing."""
        if service not in self._channels:
            address = self._addresses.get(service, "")
            if not address:
                raise AddressMissing(f"no address of the {service} service: give {service}=, or set KAMAI_{service.upper()}_ADDR")
            around = interceptors(self._policy, service)
            self._channels[service] = (
                grpc.aio.secure_channel(address, self._credentials, interceptors=around)
                if self._credentials
                else grpc.aio.insecure_channel(address, interceptors=around)
            )
        return self._channels[service]

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()
