"""What the use cases need from outside: storage bound to one transaction, the checks, and the names matcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis.ids import IdFactory

from onboarding.app.personal_ports import Engagements, Erasures, Exports, LegalHolds, Marks
from onboarding.domain.case_states import CaseState
from onboarding.domain.checks import AccountCheck, AccountField, NumberCheck
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.profile import PersonType
from onboarding.domain.requirements import RulePack
from onboarding.domain.review import Review, ReviewState
from onboarding.domain.screening import Decision, Screening, ScreeningCase, Subject
from onboarding.domain.watchlist import ListEntry, ListVersion


@dataclass(frozen=True, slots=True)
class ContractorFilter:
    """Empty fields filter nothing."""

    states: tuple[CaseState, ...] = ()
    country: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Empty states: those that need somebody."""

    states: tuple[ReviewState, ...] = ()
    contractor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WatchlistVersion:
    """One imported version of a list. version: SHA-256 over the files."""

    id: str
    list: str
    version: str
    format: str
    entries: int
    rejected_lines: int
    imported_by: str
    imported_at: datetime
    current: bool


class LineProblem(Protocol):
    """line: from 1. rejected: False when the line was kept."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def rejected(self) -> bool: ...


class ParsedList(Protocol):
    """What a reader made of the files of a list."""

    @property
    def version(self) -> ListVersion: ...
    @property
    def entries(self) -> tuple[ListEntry, ...]: ...
    @property
    def problems(self) -> Sequence[LineProblem]: ...


class Contractors(Protocol):
    """An organisation sees those it registered, and of those it engages the name; a contractor itself. Others are not found."""

    async def add(self, changed: Changed) -> Contractor: ...
    async def get(self, contractor_id: str) -> Contractor: ...
    async def get_many(self, contractor_ids: Sequence[str]) -> list[Contractor]:
        """Those that exist, newest first."""
        ...

    async def lock(self, contractor_id: str) -> Contractor: ...
    async def lock_many(self, keys: Sequence[UUID]) -> list[Contractor]:
        """Those that exist, locked in the order of their ids."""
        ...

    async def lock_submitted(self, limit: int) -> list[Contractor]: ...
    async def lock_stale(self, lists_key: str, limit: int) -> list[Contractor]:
        """Those whose last screening looked at other lists than these; rows that somebody holds are passed over."""
        ...

    async def page(self, wanted: ContractorFilter, after: UUID | None, fetch: int) -> list[Contractor]: ...
    async def save(self, changes: Sequence[Changed]) -> list[Contractor]:
        """Writes the cases with their steps and events, all with one statement each; raises Conflict."""
        ...

    async def save_profile(self, contractor: Contractor) -> None: ...
    async def remarks(self, contractor_id: str) -> dict[int, str]:
        """What people said at the steps of the case, by version; the platform alone gets them."""
        ...


class PayoutMethods(Protocol):
    async def add(self, method: PayoutMethod) -> None: ...
    async def owner_of(self, method_id: str) -> str: ...
    async def lock(self, method_id: str) -> PayoutMethod: ...
    async def current(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        """The current methods, by contractor, one per currency."""
        ...

    async def pending(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        """Those that wait for a review, by contractor, at most one per currency."""
        ...

    async def all_of(self, contractor_ids: Sequence[str]) -> dict[str, list[PayoutMethod]]:
        """Every one there ever was, by contractor."""
        ...

    async def suspected(self, until: datetime, limit: int) -> list[str]:
        """Ids of current ones that are suspected and usable by then."""
        ...

    async def shared_while_cooling(self, after: datetime, until: datetime, limit: int) -> list[str]:
        """Ids of current ones of approved contractors, not suspected, usable between the two, that another open case has as well
        and has added since the last approved review of that contractor that looked at a shared account."""
        ...

    async def any_ever(self, contractor_id: str) -> bool:
        """Whether the contractor has or had a method of any currency."""
        ...

    async def next_version(self, contractor_id: str, currency: str) -> int: ...
    async def save(self, before: PayoutMethod, after: PayoutMethod, reason_code: str, remark: str = "") -> None:
        """remark: what a person said about it; it is sealed."""
        ...

    async def page(self, contractor_id: str, after: UUID | None, fetch: int) -> list[PayoutMethod]: ...


class Reviews(Protocol):
    async def add(self, reviews: Sequence[Review]) -> None: ...
    async def owner_of(self, review_id: str) -> str: ...
    async def get(self, review_id: str) -> Review: ...
    async def lock(self, review_id: str) -> Review: ...
    async def lock_open(self, contractor_ids: Sequence[str]) -> dict[str, Review]: ...
    async def save(self, changes: Sequence[tuple[Review, Review]], reason_code: str, remark: str = "") -> list[Review]:
        """(before, after) pairs; raises Conflict. remark: what a person said about it; it is sealed."""
        ...

    async def page(self, wanted: ReviewFilter, after: UUID | None, fetch: int) -> list[Review]: ...


class Screenings(Protocol):
    def fingerprint(self, subject: Subject) -> str:
        """Version of the screened data, from which nobody guesses them."""
        ...

    async def find(self, contractor_ids: Sequence[str]) -> dict[str, ScreeningCase]: ...
    async def decisions(self, contractor_ids: Sequence[str]) -> dict[str, tuple[Decision, ...]]: ...
    async def put(self, cases: Sequence[ScreeningCase]) -> None: ...
    async def add_decision(self, decision: Decision) -> None: ...
    async def expire(self, contractor_id: str) -> None:
        """What is screened has changed: the next look by the clock screens again."""
        ...

    async def unwatch(self, contractor_id: str) -> None:
        """The case is over: later lists do not concern it."""
        ...


class Watchlists(Protocol):
    async def current(self) -> dict[str, ListVersion]:
        """What is screened against, by the id of the version."""
        ...

    async def entries(self, version_id: str) -> list[ListEntry]: ...
    async def lock(self, name: str) -> WatchlistVersion | None:
        """The current version of a list; nobody else imports it until the transaction ends."""
        ...

    async def find(self, name: str, version: str) -> WatchlistVersion | None: ...
    async def add(self, version: WatchlistVersion) -> None: ...
    async def replace(self, version: WatchlistVersion, entries: Sequence[ListEntry]) -> None:
        """Makes it current with these entries and drops the entries of versions older than the one before."""
        ...

    async def page(self, after: UUID | None, fetch: int) -> list[WatchlistVersion]: ...


class UnitOfWork(Protocol):
    """One transaction. actor: subject of the caller, or "system:<part>". organisation_id, contractor_id: whom the caller is bound
    to, "" for the platform's people."""

    @property
    def actor(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...
    @property
    def contractor_id(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def ids(self) -> IdFactory: ...
    @property
    def contractors(self) -> Contractors: ...
    @property
    def payout_methods(self) -> PayoutMethods: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def screenings(self) -> Screenings: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def engagements(self) -> Engagements: ...
    @property
    def legal_holds(self) -> LegalHolds: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def exports(self) -> Exports: ...
    @property
    def watchlists(self) -> Watchlists: ...


class RulePacks(Protocol):
    def pack(self, country: str, person_type: PersonType, on: date) -> RulePack: ...
    def aliases(self, country: str) -> Mapping[str, str]: ...
    def high_risk(self, country: str) -> bool: ...


class IdentityNumberChecker(Protocol):
    def check(self, country: str, kind: str, value: str) -> NumberCheck: ...


class AccountFormatChecker(Protocol):
    def requirements(self, country: str, currency: str) -> tuple[AccountField, ...]: ...
    def check(self, country: str, currency: str, fields: Mapping[str, str]) -> AccountCheck: ...


class NameMatcher(Protocol):
    """Thread-safe: an index is exchanged as a whole."""

    @property
    def versions(self) -> tuple[ListVersion, ...]: ...
    def replace_list(self, version: ListVersion, entries: Sequence[ListEntry]) -> None: ...
    def screen(self, subject: Subject) -> Screening: ...


@dataclass(frozen=True, slots=True)
class Checks:
    """Rules and format checks, and the settings that go with them."""

    rules: RulePacks
    numbers: IdentityNumberChecker
    accounts: AccountFormatChecker
    cooling_off: timedelta = timedelta(hours=48)
