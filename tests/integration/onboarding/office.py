"""A caller of the onboarding service, and the sample people and lists of these tests. All of them are invented."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from chassis.schedules import Schedule
from chassis.sealed import Opener
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2_grpc, payout_method_pb2_grpc, review_pb2_grpc
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai.onboarding.v1 import review_pb2 as reviews
from kamai.onboarding.v1 import screening_pb2 as screening
from kamai.onboarding.v1.personal_data_service_pb2_grpc import PersonalDataServiceStub
from kamai.onboarding.v1.screening_pb2_grpc import ScreeningServiceStub
from support.tokens import TokenMaker


@dataclass(frozen=True)
class Keys:
    """folder: files for the service. opener: what the payouts service would open with."""

    folder: Path
    opener: Opener

    @property
    def jwks(self) -> Path:
        return self.folder / "audit-jwks.json"

    @property
    def settings(self) -> dict[str, str]:
        files = {"instruction_public_key_file": "instruction.pub", "blind_index_key_file": "blind-index.key"}
        files |= {"audit_key_file": "audit.pem", "audit_jwks_file": self.jwks.name}
        return {name: str(self.folder / file) for name, file in files.items()}


WITH_KAFKA = {"erasure-register"}
IBAN_GB = "GB29NWBK60161331926819"
LISTED = "Oleg Dmitrievich Karavaev"


def request_id() -> str:
    return str(uuid4())


def new_cnic() -> str:
    """Nobody else's: the same number on two open cases is a finding."""
    return f"34201{secrets.randbelow(10**7):07}8"


def new_iban() -> str:
    """Nobody else's, with valid check digits (ISO 13616, modulo 97)."""
    account = f"NWBK601613{secrets.randbelow(10**8):08}"
    number = int("".join(str(int(sign, 36)) for sign in f"{account}GB00"))
    return f"GB{98 - number % 97:02}{account}"


def profile(name: str = "Ayesha Noor Siddiqui", **more: Any) -> contractor_pb2.ContractorProfile:
    """A complete profile of somebody in Pakistan."""
    fields: dict[str, Any] = {
        "legal_name": name, "person_type": contractor_pb2.PERSON_TYPE_INDIVIDUAL, "birth_date": "1991-04-12", "country": "PK",
        "nationalities": ["PK"], "email": "someone@example.com", "address_lines": ["12 Canal Road", "Lahore"],
        "identity_numbers": [contractor_pb2.IdentityNumber(kind="CNIC", country="PK", value=new_cnic())],
    }  # fmt: skip
    return contractor_pb2.ContractorProfile(**(fields | more))


def ofac_files(people: Sequence[tuple[int, str, str]]) -> dict[str, bytes]:
    """The three files of the official form for (number, "SURNAME, Given", remarks)."""
    rows = [f'{n},"{name}","individual","TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{remarks}"' for n, name, remarks in people]
    return {"sdn.csv": "\r\n".join([*rows, "\x1a"]).encode(), "alt.csv": b"\x1a", "add.csv": b"\x1a"}


SAMPLE_LIST = [
    (90001, "KARAVAEV, Oleg Dmitrievich", "DOB 12 Mar 1975; nationality Russia."),
    (90002, "QADHAFI SAMPLE, Barnabas Example", "DOB 1960."),
]


def details(error: grpc.aio.AioRpcError) -> tuple[str, list[Any]]:
    """Reason, and the field violations or preconditions."""
    status = rpc_status.from_call(error)
    reason, found = "", []
    for packed in status.details:
        info, bad, missing = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.BadRequest(),
            error_details_pb2.PreconditionFailure(),
        )
        if packed.Unpack(info):
            reason = info.reason
        elif packed.Unpack(bad):
            found = list(bad.field_violations)
        elif packed.Unpack(missing):
            found = list(missing.violations)
    return reason, found


async def refused(call: Awaitable[Any]) -> tuple[str, list[Any]]:
    """Reason and details of a call that must fail."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return details(error)
    raise AssertionError(f"was not refused: {answer}")


class Office:
    """The service as one caller sees it; `beat` runs the schedules once, but for those WITH_KAFKA."""

    def __init__(self, channel: grpc.aio.Channel, tokens: TokenMaker, schedules: Sequence[Schedule] = ()) -> None:
        self.channel, self.tokens, self._schedules = channel, tokens, schedules
        self.contractors = contractor_service_pb2_grpc.ContractorServiceStub(channel)
        self.methods = payout_method_pb2_grpc.PayoutMethodServiceStub(channel)
        self.reviews = review_pb2_grpc.ReviewServiceStub(channel)
        self.screening = ScreeningServiceStub(channel)
        self.personal = PersonalDataServiceStub(channel)

    def call(self, stub: Callable[..., Any], request: Any, subject: str = "ops", organisation: str = "", **bound: Any) -> Any:
        """`bound` as for TokenMaker.token: contractor_id, roles, approves."""
        return stub(request, metadata=self.tokens.metadata(subject, organisation, **bound), timeout=20)

    async def beat(self) -> None:
        for schedule in self._schedules:
            while schedule.name not in WITH_KAFKA and await schedule.run():
                pass

    async def register(self, given: contractor_pb2.ContractorProfile | None = None, **more: Any) -> contractor_pb2.Contractor:
        subject, organisation = more.pop("subject", "ops"), more.pop("organisation", "")
        request = cases.RegisterContractorRequest(request_id=request_id(), profile=given or profile(), **more)
        answer: cases.RegisterContractorResponse = await self.call(
            self.contractors.RegisterContractor, request, subject, organisation
        )
        return answer.contractor

    async def get(self, contractor_id: str) -> contractor_pb2.Contractor:
        request = cases.GetContractorRequest(id=contractor_id)
        answer: cases.GetContractorResponse = await self.call(self.contractors.GetContractor, request)
        return answer.contractor

    async def add_method(self, contractor_id: str, **more: Any) -> methods.PayoutMethod:
        given = {"country": "GB", "currency": "EUR", "fields": {"iban": new_iban()}} | more
        request = methods.AddPayoutMethodRequest(request_id=request_id(), contractor_id=contractor_id, **given)
        answer: methods.AddPayoutMethodResponse = await self.call(self.methods.AddPayoutMethod, request)
        return answer.payout_method

    async def submit(self, contractor_id: str) -> contractor_pb2.Contractor:
        request = cases.SubmitContractorRequest(request_id=request_id(), id=contractor_id)
        answer: cases.SubmitContractorResponse = await self.call(self.contractors.SubmitContractor, request)
        return answer.contractor

    async def review_of(self, contractor_id: str) -> reviews.Review:
        found: reviews.ListReviewsResponse = await self.call(
            self.reviews.ListReviews, reviews.ListReviewsRequest(contractor_id=contractor_id)
        )
        [review] = found.reviews
        return review

    def approve(self, review_id: str, subject: str = "officer-1") -> Any:
        request = reviews.ApproveReviewRequest(request_id=request_id(), id=review_id, reason="checked")
        return self.call(self.reviews.ApproveReview, request, subject)

    async def screening_of(self, contractor_id: str) -> screening.Screening:
        request = screening.GetScreeningRequest(contractor_id=contractor_id)
        answer: screening.GetScreeningResponse = await self.call(self.screening.GetScreening, request)
        return answer.screening

    async def decide(self, contractor_id: str, entry_id: str, decision: Any, subject: str = "officer-1", etag: str = "") -> Any:
        """About the candidate as it is now, or as it was when `etag` was read."""
        seen = {candidate.entry_id: candidate.etag for candidate in (await self.screening_of(contractor_id)).candidates}
        request = screening.DecideScreeningHitRequest(
            request_id=request_id(), contractor_id=contractor_id, list="ofac-sdn", entry_id=entry_id, decision=decision,
            reason="compared the documents", candidate_etag=etag or seen.get(entry_id, "unknown"),
        )  # fmt: skip
        return await self.call(self.screening.DecideScreeningHit, request, subject)

    async def in_review(
        self, given: contractor_pb2.ContractorProfile | None = None, organisation: str = "", iban: str = ""
    ) -> tuple[str, reviews.Review]:
        """Somebody who has come as far as the review queue."""
        registered = await self.register(given, organisation=organisation)
        await self.add_method(registered.id, fields={"iban": iban or new_iban()})
        submitted = await self.submit(registered.id)
        assert submitted.state == contractor_pb2.CASE_STATE_SUBMITTED, submitted
        await self.beat()
        return registered.id, await self.review_of(registered.id)

    async def approved(self, given: contractor_pb2.ContractorProfile | None = None, organisation: str = "") -> str:
        """Somebody who may be paid."""
        contractor_id, review = await self.in_review(given, organisation)
        assert (await self.approve(review.id)).review.state == reviews.REVIEW_STATE_APPROVED
        return contractor_id

    async def close(self, contractor_id: str) -> None:
        request = cases.CloseContractorRequest(request_id=request_id(), id=contractor_id, reason="left the platform")
        await self.call(self.contractors.CloseContractor, request)

    def erase(self, contractor_id: str, subject: str = "officer-1", **more: Any) -> Any:
        """With a second factor shown just now, unless `approves` is empty."""
        given_id = more.pop("given_id", "") or request_id()
        request = personal.EraseContractorRequest(request_id=given_id, id=contractor_id, reason="REQ-2026-17")
        return self.call(self.personal.EraseContractor, request, subject, **({"approves": [contractor_id]} | more))

    async def import_list(self, people: Sequence[tuple[int, str, str]], **more: Any) -> screening.ImportWatchlistResponse:
        answer: screening.ImportWatchlistResponse = await self.upload(ofac_files(people), **more)
        return answer

    def upload(self, files: dict[str, bytes], given_id: str = "", header: bool = True, **more: Any) -> Any:
        """A stream in small chunks."""
        organisation = more.pop("organisation", "")
        fields: dict[str, Any] = {"list": "ofac-sdn", "format": screening.WATCHLIST_FORMAT_OFAC_CSV} | more
        head = screening.WatchlistHeader(request_id=given_id or request_id(), **fields)

        async def stream() -> AsyncIterator[screening.ImportWatchlistRequest]:
            if header:
                yield screening.ImportWatchlistRequest(header=head)
            for name, content in files.items():
                for start in range(0, len(content), 64_000):
                    chunk = screening.WatchlistChunk(file=name, data=content[start : start + 64_000])
                    yield screening.ImportWatchlistRequest(chunk=chunk)

        return self.call(self.screening.ImportWatchlist, stream(), "ops", organisation)


def capability(contractor: contractor_pb2.Contractor, which: int) -> contractor_pb2.CapabilityStatus:
    return next(c for c in contractor.capabilities if c.capability == which)
