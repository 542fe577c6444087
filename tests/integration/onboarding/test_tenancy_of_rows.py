"""Row-level security by itself: what an organisation, a contractor, a bank or nobody can do to rows of others."""

from __future__ import annotations

import asyncpg
from chassis.ids import RandomIds, raw
from integration.onboarding.office import LISTED, Office, profile, request_id
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from support.databases import TestDatabase
from support.trespass import Rights, Trespasser, tenants

_REGISTERED = "contractor_id IN (SELECT id FROM contractor WHERE organisation_id = $1)"
_ENGAGED = "(SELECT contractor_id FROM engagement WHERE organisation_id = $1)"
_BOTH = {"organisation": "organisation_id = $1", "contractor": "contractor_id = $1"}
_CASE = {"organisation": "organisation_id = $1", "contractor": "id = $1"}
_GIVER = {"organisation": _REGISTERED, "contractor": "contractor_id = $1"}
_STEPS = "aggregate_id IN (SELECT id FROM contractor WHERE {0} UNION SELECT id FROM payout_method WHERE {1})"
_NOTHING: dict[str, str] = {}
RIGHTS = Rights(
    {
        "contractor": _CASE | {"organisation": f"organisation_id = $1 OR id IN {_ENGAGED}"},
        "payout_method": _BOTH,
        "engagement": _BOTH,
        "personal_data": {
            "organisation": f"kind <> 'FINDINGS' AND {_REGISTERED} OR kind = 'NAME' AND contractor_id IN {_ENGAGED}",
            "contractor": "kind <> 'FINDINGS' AND contractor_id = $1",
        },
        **dict.fromkeys(("review", "screening", "screening_decision", "legal_hold"), _NOTHING),
        **dict.fromkeys(("remark", "blind_index"), _GIVER),
        "transition": {
            "organisation": _STEPS.format("organisation_id = $1", "organisation_id = $1"),
            "contractor": _STEPS.format("id = $1", "contractor_id = $1"),
        },
    },
    {
        "contractor": _CASE,
        "payout_method": _BOTH,
        "personal_data": {kind: f"kind IN ('PROFILE', 'NAME', 'REQUEST') AND {mine}" for kind, mine in _GIVER.items()},
    },
    {
        "contractor": ("organisation",),
        **dict.fromkeys(
            ("payout_method", "personal_data", "remark", "blind_index", "transition"), ("organisation", "contractor")
        ),
    },
)


async def test_nobody_writes_what_is_not_its_own(office: Office, database: TestDatabase) -> None:
    """For every table and kind of tenant: a row of another is neither changed, deleted nor put in, and none changes hands; an
    account keeps the content it was given with, and who engages somebody changes nothing of it."""
    clients = [RandomIds().new("org") for _ in range(2)]
    people = [(await office.in_review(profile(), clients[0]))[0], await office.approved(profile(), clients[1])]
    listed, _ = await office.in_review(profile(LISTED), clients[1])
    await office.decide(listed, "90001", 1)
    hold = personal.PlaceLegalHoldRequest(request_id=request_id(), contractor_id=people[0], reason="a court asks")
    await office.call(office.personal.PlaceLegalHold, hold, "officer-1")
    admin, app = await asyncpg.connect(database.admin_url), await asyncpg.connect(database.app_url)
    await admin.execute("SET search_path = onboarding")
    await admin.execute("INSERT INTO engagement VALUES ($1, $2)", raw(clients[0]), raw(people[1]))
    who = tenants([raw(each) for each in clients], [raw(each) for each in people])
    assert await Trespasser(admin, app, "onboarding", RIGHTS).faults(who) == []
    await admin.close()
    await app.close()
