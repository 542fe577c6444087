"""Composition root: the only file that knows every part."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from chassis.db.pool import Connection
from chassis.errors import AlreadyExists, Conflict, InvalidFields
from chassis.events import kafka
from chassis.events.whole_topic import read_whole
from chassis.rpc.call import Call
from chassis.rpc.server import Servicer
from chassis.sealed import Sealer
from chassis.service import Parts, Platform, ServiceDefinition
from chassis.vault import blind
from chassis.vault.blind import BlindIndex
from kamai.onboarding.v1 import (
    contractor_service_pb2_grpc,
    payout_method_pb2_grpc,
    personal_data_service_pb2_grpc,
    review_pb2_grpc,
    screening_pb2,
    screening_pb2_grpc,
)

from onboarding.adapters.account_formats import CountryAccountFormats
from onboarding.adapters.archive import archive
from onboarding.adapters.erasure_proofs import ProofFile, ProofSigner
from onboarding.adapters.event_codec import EventCodec
from onboarding.adapters.identity_numbers import RegistryNumberChecker
from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.postgres.unit_of_work import PostgresUnitOfWork, UnitOfWorkFactory
from onboarding.adapters.rule_packs import RulePackLibrary
from onboarding.adapters.watchlists import ListTooLarge, OfacFiles, WatchlistImport, import_ofac_sdn
from onboarding.app.ports import Checks
from onboarding.app.screening_desk import ScreeningDesk
from onboarding.config import OnboardingSettings
from onboarding.entrypoints.blind_index import RehashIndex
from onboarding.entrypoints.erasure_upkeep import ErasureUpkeep
from onboarding.entrypoints.event_handlers import engagements, payee_screening
from onboarding.entrypoints.grpc_contractors import ContractorServicer
from onboarding.entrypoints.grpc_payout_methods import PayoutMethodServicer
from onboarding.entrypoints.grpc_personal_data import PersonalDataServicer
from onboarding.entrypoints.grpc_reviews import ReviewServicer
from onboarding.entrypoints.grpc_screening import ScreeningServicer
from onboarding.entrypoints.schedules import ScreeningSchedules
from onboarding.entrypoints.session import Calls
from onboarding.entrypoints.watchlist_upload import ListReader
from onboarding.topics import CONSUMES, CONTRACT, EMITS, ERASURE, RUN

_PACKAGE = "kamai.onboarding.v1"


def _read_ofac(files: Mapping[str, Path]) -> WatchlistImport:
    with ExitStack() as stack:
        opened = {name: stack.enter_context(path.open("rb")) for name, path in files.items()}
        try:
            return import_ofac_sdn(
                OfacFiles(opened["sdn.csv"], opened["alt.csv"], opened["add.csv"], opened.get("sdn_comments.csv"))
            )
        except ListTooLarge as error:
            raise InvalidFields.one("chunk.data", str(error), "NOT_THIS_FORMAT") from None


READERS = {
    screening_pb2.WATCHLIST_FORMAT_OFAC_CSV: ListReader(
        frozenset({"sdn.csv", "alt.csv", "add.csv"}), frozenset({"sdn_comments.csv"}), _read_ofac
    ),
}


def _servicers(calls: Calls, checks: Checks, platform: Platform[OnboardingSettings]) -> list[Servicer]:
    screening = ScreeningServicer(calls, checks, READERS, platform.settings.watchlist_max_bytes)
    return [
        Servicer(
            contractor_service_pb2_grpc.add_ContractorServiceServicer_to_server,
            ContractorServicer(calls, checks, platform.clock),
            f"{_PACKAGE}.ContractorService",
        ),
        Servicer(
            payout_method_pb2_grpc.add_PayoutMethodServiceServicer_to_server,
            PayoutMethodServicer(calls, checks),
            f"{_PACKAGE}.PayoutMethodService",
        ),
        Servicer(
            personal_data_service_pb2_grpc.add_PersonalDataServiceServicer_to_server,
            PersonalDataServicer(calls, checks, platform.settings.erasure_retention, archive, platform.vault.forget),
            f"{_PACKAGE}.PersonalDataService",
        ),
        Servicer(review_pb2_grpc.add_ReviewServiceServicer_to_server, ReviewServicer(calls, checks), f"{_PACKAGE}.ReviewService"),
        Servicer(screening_pb2_grpc.add_ScreeningServiceServicer_to_server, screening, f"{_PACKAGE}.ScreeningService"),
    ]


def erasure_upkeep(platform: Platform[OnboardingSettings]) -> ErasureUpkeep:
    settings = platform.settings
    key, jwks = settings.audit_key_file, settings.audit_jwks_file
    signer = ProofSigner(key, jwks) if key and jwks else None
    file = ProofFile(settings.erasure_proofs_file, jwks) if settings.erasure_proofs_file and jwks else None
    register = partial(read_whole, kafka.connection_options(settings), EMITS, ERASURE.name)
    return ErasureUpkeep(platform.working, _make_uow(platform), signer, file, register)


def _make_uow(platform: Platform[OnboardingSettings]) -> UnitOfWorkFactory:
    codec = EventCodec(Sealer(platform.settings.instruction_public_key_file))
    index = BlindIndex(platform.settings.blind_index_key_file)
    return UnitOfWorkFactory(platform.clock, platform.ids, codec, platform.registry, platform.vault, index)


def _checks(settings: OnboardingSettings) -> Checks:
    cooling_off = timedelta(hours=settings.payout_method_cooling_off_h)
    return Checks(RulePackLibrary(), RegistryNumberChecker(), CountryAccountFormats(), cooling_off)


def rehash(platform: Platform[OnboardingSettings], batch: int = 500) -> RehashIndex:
    return RehashIndex(platform.database, _make_uow(platform), _checks(platform.settings), batch)


async def _rehash_index(platform: Platform[OnboardingSettings]) -> str:
    return await rehash(platform).run()


async def _new_blind_key(platform: Platform[OnboardingSettings]) -> str:
    blind.new_key(platform.settings.blind_index_key_file)
    return "a new first key is in the file: give it to all replicas, then run `rehash-index`"


async def _build(platform: Platform[OnboardingSettings]) -> Parts:
    settings = platform.settings
    make_uow, checks = _make_uow(platform), _checks(settings)
    desk = ScreeningDesk(ListNameScreener(required_lists=()))

    def for_call(connection: Connection, call: Call) -> PostgresUnitOfWork:
        return make_uow.of(connection, call.caller)

    upkeep = erasure_upkeep(platform)
    await upkeep.reapply()
    schedules = ScreeningSchedules(platform.working, platform.doorbell, make_uow, checks, desk, settings.screening_batch)
    return Parts(
        servicers=_servicers(platform.mutations(for_call), checks, platform),
        subscriptions=[payee_screening(make_uow, checks, desk, RUN.name), engagements(make_uow, CONTRACT.name)],
        schedules=[*schedules.schedules(settings.screening_poll_s, settings.rescreening_poll_s), *upkeep.schedules()],
        closers=[desk.close],
    )


def definition() -> ServiceDefinition[OnboardingSettings]:
    """The onboarding service."""
    return ServiceDefinition(
        name="onboarding",
        settings=OnboardingSettings,
        emits=EMITS,
        consumes=CONSUMES,
        migrations=["onboarding.migrations"],
        build=_build,
        tasks={"new-blind-key": _new_blind_key, "rehash-index": _rehash_index},
        constraint_errors={
            "contractor_external_id": lambda: AlreadyExists("external_id is taken: a contractor was registered with it"),
            "review_open": lambda: Conflict("a review of this contractor was opened meanwhile: repeat"),
        },
    )
