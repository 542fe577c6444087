"""Composition root of payouts: the only file that knows every part."""

from collections.abc import Callable
from functools import partial

from chassis import secret_files
from chassis.db.pool import Connection
from chassis.erasure_sweep import ErasureSweep
from chassis.errors import AlreadyExists, Conflict, KamaiError, PreconditionFailed
from chassis.events import kafka
from chassis.events.whole_topic import read_whole
from chassis.rpc.call import Call
from chassis.rpc.server import Servicer
from chassis.sealed import Opener
from chassis.service import Parts, Platform, ServiceDefinition
from kamai.banking.v1 import freelancer_account_pb2_grpc as accounts_grpc
from kamai.payouts.v1 import bank_pb2_grpc, funding_pb2_grpc, obligation_pb2_grpc, run_pb2_grpc

from payouts.adapters.bank_events.bank_events import BankEvents, Signer
from payouts.adapters.bank_gateway import BankGateway
from payouts.adapters.bank_http import BankHttpClient, BankHttpSettings
from payouts.adapters.business_days import BusinessDays
from payouts.adapters.event_codec import EventCodec
from payouts.adapters.instructions import SealedInstructions
from payouts.adapters.iso20022 import render_payment_file
from payouts.adapters.postgres.unit_of_work import PostgresUnitOfWork
from payouts.app.erasure.erase_again import erase_again, erase_registered
from payouts.app.runs.payment_batch import FileTools
from payouts.config import PayoutsSettings
from payouts.entrypoints.event_handlers import subscriptions
from payouts.entrypoints.grpc_accounts import FreelancerAccountServicer
from payouts.entrypoints.grpc_bank import BankServicer
from payouts.entrypoints.grpc_funding import FundingServicer
from payouts.entrypoints.grpc_ledger import LedgerServicer
from payouts.entrypoints.grpc_payouts import PayoutServicer
from payouts.entrypoints.grpc_runs import RunServicer
from payouts.entrypoints.requests import TransactionUow
from payouts.entrypoints.schedules import Failpoint, Rhythm, Workers, no_failpoint
from payouts.topics import CONSUMES, EMITS, ERASURES, bank_topic

CONSTRAINT_ERRORS: dict[str, Callable[[], KamaiError]] = {
    "funding_account_once": lambda: AlreadyExists("this account is registered already: list the funding accounts"),
    "deposit_once": lambda: AlreadyExists("a deposit with this bank_reference is recorded already"),
    "run_external_id": lambda: AlreadyExists("a run with this external_id exists already"),
    "freelancer_account_once": lambda: AlreadyExists("the contractor has an account or an application at this bank already"),
    "run_approval_once": lambda: Conflict("this person has approved the run already"),
    "attempt_one_live": lambda: Conflict("another run has taken one of these obligations: plan again"),
    "ledger_balance_available": lambda: PreconditionFailed.one("BALANCE", "ledger", "the ledger balance does not allow it"),
}


def definition(failpoint: Failpoint = no_failpoint) -> ServiceDefinition[PayoutsSettings]:
    """`failpoint` is for tests: called between the steps of a run."""

    async def build(platform: Platform[PayoutsSettings]) -> Parts:
        return _build(platform, failpoint)

    return ServiceDefinition(
        name="payouts", settings=PayoutsSettings, emits=EMITS, consumes=CONSUMES, migrations=["payouts.migrations"], build=build,
        constraint_errors=CONSTRAINT_ERRORS,
        extra_topics=lambda settings: [bank_topic(bank) for bank in sorted(settings.partner_bank_names)],
    )  # fmt: skip


def _bank(settings: PayoutsSettings) -> tuple[BankGateway, BankHttpClient]:
    password = secret_files.current(settings, "bank_password") if settings.bank_password else None
    client = BankHttpClient(
        BankHttpSettings(
            settings.bank_url, settings.bank_user, password, submit_timeout_s=settings.bank_submit_timeout_s
        )
    )  # fmt: skip
    return BankGateway(settings.bank_name, client), client


def _build(platform: Platform[PayoutsSettings], failpoint: Failpoint) -> Parts:
    settings, clock = platform.settings, platform.clock
    codec = EventCodec(EMITS, BankEvents(Signer.from_file(settings.bank_event_key_file), bank_topic))
    calendar = BusinessDays()

    def of_call(connection: Connection, call: Call) -> PostgresUnitOfWork:
        who = call.caller
        return PostgresUnitOfWork(
            connection, codec, platform.vault, who.subject, who.organisation_id, who.contractor_id, clock.now(), platform.ids
        )

    def of_system(connection: Connection, actor: str) -> PostgresUnitOfWork:
        return PostgresUnitOfWork(connection, codec, platform.vault, actor, "", "", clock.now(), platform.ids)

    bank, client = _bank(settings)
    tools = FileTools(
        SealedInstructions(Opener(settings.instruction_key_file)), render_payment_file, calendar,
        settings.file_max_lines, settings.initiating_party,
    )  # fmt: skip
    rhythm = Rhythm(settings.run_poll_s, settings.bank_poll_s, settings.silence_s, settings.inquiry_every_s)
    workers = Workers(platform.working, platform.doorbell, clock, of_system, bank, tools, rhythm, failpoint)
    register = partial(read_whole, kafka.connection_options(settings), CONSUMES, ERASURES)
    sweep = ErasureSweep[TransactionUow](platform.working, "payouts.erasure", of_system, register, erase_again, erase_registered)
    mutations = platform.mutations(of_call)
    servicers = [
        Servicer(
            run_pb2_grpc.add_RunServiceServicer_to_server,
            RunServicer(mutations, calendar, settings.screening_timeout_s, settings.watch_poll_s), "kamai.payouts.v1.RunService",
        ),
        Servicer(
            obligation_pb2_grpc.add_PayoutServiceServicer_to_server, PayoutServicer(mutations, calendar),
            "kamai.payouts.v1.PayoutService",
        ),
        Servicer(
            funding_pb2_grpc.add_FundingServiceServicer_to_server, FundingServicer(mutations, frozenset({bank.name})),
            "kamai.payouts.v1.FundingService",
        ),
        Servicer(bank_pb2_grpc.add_BankServiceServicer_to_server, BankServicer(mutations, bank), "kamai.payouts.v1.BankService"),
        Servicer(bank_pb2_grpc.add_LedgerServiceServicer_to_server, LedgerServicer(mutations), "kamai.payouts.v1.LedgerService"),
        Servicer(
            accounts_grpc.add_FreelancerAccountServiceServicer_to_server,
            FreelancerAccountServicer(mutations, settings.partner_bank_names, calendar),
            "kamai.banking.v1.FreelancerAccountService",
        ),
    ]  # fmt: skip
    schedules = [*workers.schedules(), *sweep.schedules()]
    return Parts(servicers, subscriptions(of_system), schedules, [client.aclose], before_serving=[sweep.settle])
