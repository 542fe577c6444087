"""Screenings and the decisions about hits. Findings quote names and so lie with the personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from chassis import ids
from chassis.audit import trail
from chassis.db.database import acting_for_platform
from chassis.db.pool import Connection
from uuid_utils.compat import uuid7

from onboarding.adapters.postgres.personal import Document, PersonalData, Text, place
from onboarding.adapters.postgres.rows import Opened, Scope, sql
from onboarding.app.screening_desk import lists_key
from onboarding.domain.screening import CandidateStatus, Decision, EntryRef, ScreeningCase, ScreeningState, Subject, Verdict
from onboarding.domain.screening_faults import Fault
from onboarding.domain.watchlist import ListVersion


@dataclass(frozen=True, slots=True)
class _Findings:
    """The part of a ScreeningCase that is stored as one document."""

    lists: tuple[ListVersion, ...]
    statuses: tuple[CandidateStatus, ...]
    delisted: tuple[Decision, ...]


class PostgresScreenings:
    """Implements the Screenings port."""

    def __init__(self, connection: Connection, scope: Scope, personal: PersonalData) -> None:
        self._connection, self._scope, self._personal = connection, scope, personal

    def fingerprint(self, subject: Subject) -> str:
        return self._personal.digest(subject.canonical())

    async def find(self, contractor_ids: Sequence[str]) -> dict[str, ScreeningCase]:
        async with acting_for_platform(self._connection, self._scope.tenant):
            found = await self._connection.fetch(sql.find_screenings, [ids.raw(i) for i in contractor_ids])
        opened = await self._personal.open(found, {"findings": ("personal_data", "FINDINGS", "contractor_id")})
        return {case.contractor_id: case for case in map(_case, found, opened)}

    async def decisions(self, contractor_ids: Sequence[str]) -> dict[str, tuple[Decision, ...]]:
        keys = [ids.raw(i) for i in contractor_ids]
        # an erasure leaves the decision without its words
        rows = [dict(row) | {"reason": row["reason"] or None} for row in await self._connection.fetch(sql.find_decisions, keys)]
        opened = await self._personal.open(rows, {"reason": ("screening_decision", "reason", "id")})
        found: dict[str, list[Decision]] = {}
        for decision in map(_decision, rows, opened):
            found.setdefault(decision.contractor_id, []).append(decision)
        return {contractor_id: tuple(decisions) for contractor_id, decisions in found.items()}

    async def put(self, cases: Sequence[ScreeningCase]) -> None:
        if not cases:
            return
        keys = [ids.raw(case.contractor_id) for case in cases]
        await self._connection.execute(
            sql.put_screenings, keys, [c.subject_fingerprint for c in cases], [c.state.value for c in cases],
            [lists_key(c.lists) for c in cases], [c.screened_at for c in cases], [c.faults for c in cases],
        )  # fmt: skip
        findings = [_Findings(case.lists, case.statuses, case.delisted) for case in cases]
        await self._personal.put([Document(key, key, "FINDINGS", content) for key, content in zip(keys, findings, strict=True)])
        trail.touched(case.contractor_id for case in cases)

    async def add_decision(self, decision: Decision) -> None:
        key = uuid7()
        said = Text(ids.raw(decision.contractor_id), place("screening_decision", "reason", key), decision.reason)
        [reason] = await self._personal.seal_texts([said])
        await self._connection.execute(
            sql.insert_decision, key, ids.raw(decision.contractor_id), decision.entry.list_id, decision.entry.uid,
            decision.entry_fingerprint, decision.subject_fingerprint, decision.verdict, decision.decided_by, reason,
            decision.decided_at,
        )  # fmt: skip

    async def expire(self, contractor_id: str) -> None:
        async with acting_for_platform(self._connection, self._scope.tenant):
            await self._connection.execute(sql.expire_screening, ids.raw(contractor_id))

    async def unwatch(self, contractor_id: str) -> None:
        async with acting_for_platform(self._connection, self._scope.tenant):
            await self._connection.execute(sql.unwatch_screening, ids.raw(contractor_id))


_NOTHING_KNOWN = _Findings((), (), ())


def _case(row: Any, opened: Opened) -> ScreeningCase:
    document = opened.get("findings")
    findings = msgspec.json.decode(document, type=_Findings) if document else _NOTHING_KNOWN
    return ScreeningCase(
        ids.encode("contractor", row["contractor_id"]), row["subject_fingerprint"], ScreeningState(row["state"]), findings.lists,
        findings.statuses, row["screened_at"], msgspec.convert(row["faults"], tuple[Fault, ...]), findings.delisted,
    )  # fmt: skip


def _decision(row: Any, opened: Opened) -> Decision:
    return Decision(
        ids.encode("contractor", row["contractor_id"]), EntryRef(row["list"], row["entry_id"]), row["entry_fingerprint"],
        row["subject_fingerprint"], Verdict(row["verdict"]), row["decided_by"], (opened.get("reason") or b"").decode(),
        row["decided_at"],
    )  # fmt: skip
