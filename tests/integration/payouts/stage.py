"""Payouts on stage: its gRPC server and its workers, a database, and a counterparty bank with accounts on it.

Workers are stepped by hand, so that a test says what happens when. Events of other services are handed to the real handlers.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
from chassis.ids import RandomIds, raw
from chassis.sealed import Sealer
from chassis.service import Parts, ServiceDefinition, assembled
from chassis.vault import private_files
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from devstack import infra
from kamai.banking.v1 import freelancer_account_pb2_grpc as accounts_grpc
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import contractor_pb2, events_pb2, screening_pb2
from kamai.payouts.v1 import (
    bank_pb2_grpc,
    funding_pb2,
    funding_pb2_grpc,
    obligation_pb2,
    obligation_pb2_grpc,
    run_pb2,
    run_pb2_grpc,
)
from kamai.type.v1.money_pb2 import Money
from payouts.config import PayoutsSettings
from payouts.entrypoints.schedules import no_failpoint
from payouts.main import definition
from support import handling
from support.databases import Templates, TestDatabase
from support.services import Served, environment
from support.tokens import TokenMaker

IDS = RandomIds()
DEBTOR = "NL41MOCK0000000001"
ELSEWHERE = "NL30MOCK0000000005"
PARTNER = "NL03MOCK0000000006"
CLOSED = "NL84MOCK0000000003"


def request_id() -> str:
    return str(uuid4())


@dataclass(frozen=True)
class Keys:
    """Key files of a test."""

    instruction: Path
    instruction_public: Path
    bank_event: Path

    @classmethod
    def make(cls, directory: Path) -> Keys:
        keys = cls(directory / "instruction.key", directory / "instruction.pub", directory / "bank-events.pem")
        secret = X25519PrivateKey.generate()
        raw_private = secret.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        private_files.write(keys.instruction, base64.b64encode(raw_private).decode())
        public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        keys.instruction_public.write_text(base64.b64encode(public).decode())
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        private_files.write(keys.bank_event, pem.decode())
        return keys


class MockBank:
    """The counterparty's control plane."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def behave(self, account: str, behaviour: str, **parameters: Any) -> None:
        self.call("PATCH", f"/_mock/accounts/{account}", {"behaviour": behaviour, "parameters": parameters})

    def advance_to(self, day: str) -> None:
        if self.call("GET", "/_mock/state")["clock"]["now"][:10] < day:
            self.call("POST", f"/_mock/advance?to={day}")

    def advance(self, days: int) -> None:
        self.call("POST", f"/_mock/advance?days={days}")

    def payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/_mock/payments")
        return found

    def report_credit(self, end_to_end_id: str, minor: int, account: str = "INDUS") -> None:
        """The beneficiary's bank says what arrived."""
        body = {"account": account, "amount": minor, "end_to_end_id": end_to_end_id, "debtor": {"name": "Client Ltd"}}
        self.call("POST", "/_mock/credits", body)


def settings_of(database: TestDatabase, jwks: Path, keys: Keys, bank_url: str, bootstrap: str, **more: Any) -> dict[str, Any]:
    return environment(
        database, jwks, bootstrap, bank_url=bank_url, instruction_key_file=str(keys.instruction),
        bank_event_key_file=str(keys.bank_event),
        **{"bank_silence_s": 3600, "bank_poll_s": 0.05, "run_poll_s": 0.05, "inquiry_every_s": 0.05, **more},
    )  # fmt: skip


@dataclass
class Stage:
    served: Served
    parts: Parts
    bank: MockBank
    keys: Keys
    tokens: TokenMaker
    database: TestDatabase
    organisation: str = field(default_factory=lambda: IDS.new("org"))
    funding: str = ""

    def as_(self, subject: str, *approves: str) -> tuple[tuple[str, str], ...]:
        """A person of the client; with digests, one who has just shown a second factor for them."""
        return self.tokens.metadata(subject, self.organisation, approves=approves)

    def staff(self, subject: str = "operator", *approves: str) -> tuple[tuple[str, str], ...]:
        """One of the platform's own people."""
        return self.tokens.metadata(subject, approves=approves)

    @property
    def runs(self) -> Any:
        return run_pb2_grpc.RunServiceStub(self.served.channel)

    @property
    def payouts(self) -> Any:
        return obligation_pb2_grpc.PayoutServiceStub(self.served.channel)

    @property
    def money(self) -> Any:
        return funding_pb2_grpc.FundingServiceStub(self.served.channel)

    @property
    def banks(self) -> Any:
        return bank_pb2_grpc.BankServiceStub(self.served.channel)

    @property
    def ledger(self) -> Any:
        return bank_pb2_grpc.LedgerServiceStub(self.served.channel)

    @property
    def accounts(self) -> Any:
        return accounts_grpc.FreelancerAccountServiceStub(self.served.channel)

    async def handle(self, message: Any) -> None:
        """An event of another service, through its handler, in a transaction."""
        await handling.handle(self.served.assembly.platform.working, self.parts.subscriptions, message)

    async def tick(self, *names: str) -> None:
        """Runs schedules until they find nothing more to do."""
        for name in names:
            schedule = next(each for each in self.parts.schedules if each.name == name)
            while await schedule.run():
                pass

    async def fund(self, minor: int = 10_000_00, account: str = DEBTOR) -> str:
        registered = await self.money.RegisterFundingAccount(
            funding_pb2.RegisterFundingAccountRequest(
                request_id=request_id(), organisation_id=self.organisation, bank="counterparty", account=account,
                bic="MOCKNL2AXXX", currency="EUR", holder_name="Client Ltd",
            ),
            metadata=self.as_("finance"),
        )  # fmt: skip
        self.funding = registered.funding_account.id
        if minor:
            await self.deposit(minor)
        return self.funding

    async def deposit(self, minor: int) -> Any:
        return await self.money.RecordDeposit(
            funding_pb2.RecordDepositRequest(
                request_id=request_id(), funding_account_id=self.funding, amount=Money(amount_minor=minor, currency="EUR"),
                bank_reference=uuid4().hex,
            ),
            metadata=self.staff(),
        )  # fmt: skip

    async def payee(self, iban: str = ELSEWHERE, *, partner_bank: str = "", usable_in: timedelta = timedelta()) -> str:
        """A contractor who may be paid at `iban`."""
        contractor = IDS.new("contractor")
        await self.handle(events_pb2.ContractorRegistered(contractor_id=contractor, country="NL"))
        await self.handle(
            events_pb2.ContractorStateChanged(contractor_id=contractor, to_state=contractor_pb2.CASE_STATE_APPROVED)
        )
        active = contractor_pb2.CapabilityStatus(
            capability=contractor_pb2.CAPABILITY_RECEIVE_PAYOUT, state=contractor_pb2.CAPABILITY_STATE_ACTIVE
        )
        await self.handle(events_pb2.CapabilitiesChanged(contractor_id=contractor, capabilities=[active]))
        await self.method(contractor, iban, partner_bank=partner_bank, usable_in=usable_in)
        return contractor

    async def method(
        self, contractor: str, iban: str, *, version: int = 1, partner_bank: str = "", usable_in: timedelta = timedelta()
    ) -> None:
        method = IDS.new("method")
        instruction = events_pb2.PaymentInstruction(holder_name="Ana Example", country="NL", currency="EUR", iban=iban)
        info = f"kamai.payment-instruction.v1|{contractor}|{method}"
        sealed = Sealer(self.keys.instruction_public).seal(instruction.SerializeToString(), info)
        message = events_pb2.PayoutMethodVerified(
            contractor_id=contractor, payout_method_id=method, version=version, country="NL", currency="EUR",
            sealed_instruction=sealed, partner_bank=partner_bank,
        )  # fmt: skip
        message.usable_from.FromDatetime(datetime.now(UTC) + usable_in - timedelta(seconds=1))
        await self.handle(message)

    async def owe(self, contractor: str, minor: int, work_items: tuple[str, ...] = ()) -> str:
        """An approved invoice; returns its id."""
        invoice = IDS.new("invoice")
        await self.handle(
            contracts.PayableRaised(
                invoice_id=invoice, organisation_id=self.organisation, contractor_id=contractor, contract_id=IDS.new("contract"),
                terms_version=1, work_item_ids=work_items or (IDS.new("work"),), amount=Money(amount_minor=minor, currency="EUR"),
                due_date="2026-12-01", invoice_number=f"INV-{invoice[-6:]}",
            )
        )  # fmt: skip
        return invoice

    async def plan(self, **more: Any) -> Any:
        reply = await self.runs.PlanRun(
            run_pb2.PlanRunRequest(
                request_id=request_id(), organisation_id=self.organisation, funding_account_id=self.funding, **more
            ),
            metadata=self.as_("maker"),
        )  # fmt: skip
        return reply.run

    async def submit(self, run: Any) -> Any:
        request = run_pb2.SubmitRunRequest(request_id=request_id(), id=run.id)
        return (await self.runs.SubmitRun(request, metadata=self.as_("maker"))).run

    async def approve(self, run: Any, by: str = "checker", digest: str = "") -> Any:
        request = run_pb2.ApproveRunRequest(request_id=request_id(), id=run.id, digest=digest or run.digest)
        return (await self.runs.ApproveRun(request, metadata=self.as_(by, request.digest))).run

    async def execute(self, run: Any) -> Any:
        request = run_pb2.ExecuteRunRequest(request_id=request_id(), id=run.id, digest=run.digest)
        return (await self.runs.ExecuteRun(request, metadata=self.as_("maker", request.digest))).run

    async def answer_screening(self, run: Any, **results: str) -> None:
        """Every payee of the run was screened: NO_HIT unless `results` (by contractor id) says otherwise."""
        for attempt in await self.attempts(run):
            result = screening_pb2.ScreeningResult.Value(f"SCREENING_RESULT_{results.get(attempt.contractor_id, 'NO_HIT')}")
            message = events_pb2.ContractorScreened(contractor_id=attempt.contractor_id, result=result, requested_by=run.id)
            message.screened_at.GetCurrentTime()
            await self.handle(message)

    async def executed(self, **more: Any) -> Any:
        """A run planned over everything that is owed, approved, executed and screened without a hit."""
        run = await self.plan(**more)
        await self.submit(run)
        await self.approve(run)
        await self.execute(run)
        await self.answer_screening(run)
        return run

    async def sent(self, **more: Any) -> Any:
        """And its files handed over; the bank's clock stands on the value date."""
        run = await self.executed(**more)
        await self.tick("runs", "files")
        self.bank.advance_to(run.value_date)
        return run

    async def run(self, run: Any) -> Any:
        return (await self.runs.GetRun(run_pb2.GetRunRequest(id=run.id), metadata=self.as_("maker"))).run

    async def attempts(self, run: Any) -> list[obligation_pb2.Attempt]:
        request = obligation_pb2.ListAttemptsRequest(run_id=run.id, page_size=500)
        return list((await self.payouts.ListAttempts(request, metadata=self.as_("maker"))).attempts)

    async def latest(self, invoice: str) -> Any:
        obligation = (await self.why(invoice)).obligation
        request = obligation_pb2.ListAttemptsRequest(obligation_id=obligation.id)
        return (await self.payouts.ListAttempts(request, metadata=self.as_("maker"))).attempts[0]

    async def state(self, invoice: str) -> str:
        return obligation_pb2.AttemptState.Name((await self.latest(invoice)).state).removeprefix("ATTEMPT_STATE_")

    async def why(self, invoice: str) -> Any:
        request = obligation_pb2.WhyNotPaidRequest(invoice_id=invoice)
        return await self.payouts.WhyNotPaid(request, metadata=self.as_("maker"))

    async def owed(self, invoice: str) -> str:
        state = (await self.why(invoice)).obligation.state
        return obligation_pb2.ObligationState.Name(state).removeprefix("OBLIGATION_STATE_")

    async def check_ledger(self) -> Any:
        """Asserts that the ledger adds up; returns the funding account as it stands."""
        from kamai.payouts.v1 import bank_pb2

        found = await self.ledger.CheckLedger(bank_pb2.CheckLedgerRequest(), metadata=self.staff("auditor"))
        assert (found.unbalanced_transactions, found.wrong_balances) == (0, 0)
        request = funding_pb2.ListFundingAccountsRequest(organisation_id=self.organisation)
        listed = (await self.money.ListFundingAccounts(request, metadata=self.as_("auditor"))).funding_accounts
        return next(each for each in listed if each.id == self.funding)

    async def exceptions(self) -> list[str]:
        from kamai.payouts.v1 import bank_pb2

        request = bank_pb2.ListReconciliationExceptionsRequest()
        listed = await self.banks.ListReconciliationExceptions(request, metadata=self.tokens.metadata("auditor"))
        return [each.code for each in listed.exceptions]

    async def seen_by(self, tenant: str, statement: str) -> list[Any]:
        """As the application role, acting for that tenant."""
        connection = await asyncpg.connect(self.database.app_url, server_settings={"kamai.tenant": tenant})
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    async def sql(self, statement: str, *values: Any) -> list[Any]:
        """As the superuser."""
        connection = await asyncpg.connect(self.database.admin_url)
        try:
            await connection.execute("SET search_path = payouts")
            rows: list[Any] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()


def uuid_of(typeid: str) -> Any:
    return raw(typeid)


async def code_of(call: Any) -> tuple[grpc.StatusCode, str]:
    """Status and text of a call that must fail."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    raise AssertionError("the call did not fail")


@asynccontextmanager
async def _serving(made: ServiceDefinition[PayoutsSettings], settings: PayoutsSettings) -> AsyncIterator[Served]:
    """The gRPC server only: the workers are stepped by the tests."""
    async with assembled(made, settings, "serve") as assembly:
        assert assembly.server is not None
        address = await assembly.server.start()
        await assembly.server.serving()
        try:
            async with grpc.aio.insecure_channel(address) as channel:
                yield Served(address, channel, assembly)
        finally:
            await assembly.server.stop()


@asynccontextmanager
async def staged(
    templates: Templates, tokens: TokenMaker, directory: Path, *, bootstrap: str = "127.0.0.1:1", **more: Any
) -> AsyncIterator[Stage]:
    """A stage with a bank of its own: debtor ACME, partner bank's account INDUS."""
    bank = infra.start_bank(directory / "bank")
    try:
        control = MockBank(bank.url)
        control.call("POST", "/_mock/accounts", {"id": "INDUS", "name": "Indus Bank", "iban": PARTNER, "currency": "EUR"})
        keys = Keys.make(directory)
        async with templates.database("payouts", "payouts.migrations") as database:
            settings = PayoutsSettings(**settings_of(database, tokens.jwks, keys, bank.url, bootstrap, **more))
            made = definition(no_failpoint)
            async with _serving(made, settings) as served:
                parts = await made.build(served.assembly.platform)
                try:
                    yield Stage(served, parts, control, keys, tokens, database)
                finally:
                    for closer in parts.closers:
                        await closer()
    finally:
        bank.stop()
