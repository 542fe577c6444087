"""Importing official lists by stream."""

from __future__ import annotations

import asyncio

from integration.onboarding.office import SAMPLE_LIST, Office, ofac_files, refused, request_id
from kamai.onboarding.v1 import screening_pb2 as pb


async def _versions(office: Office) -> list[pb.Watchlist]:
    return list((await office.call(office.screening.ListWatchlists, pb.ListWatchlistsRequest())).watchlists)


async def test_import_is_idempotent_by_request_and_by_content(fresh_office: Office) -> None:
    """A repeated request and the same files under another request are one version; other files under a used id are refused."""
    office, files, used = fresh_office, ofac_files(SAMPLE_LIST), request_id()
    answers = await asyncio.gather(*(office.upload(files, used) for _ in range(5)))
    assert len({a.SerializeToString(deterministic=True) for a in answers}) == 1
    again = await office.upload(files)
    assert again.watchlist == answers[0].watchlist
    assert len(await _versions(office)) == 1
    assert (await refused(office.upload(ofac_files(SAMPLE_LIST[:1]), used)))[0] == "REQUEST_ID_REUSED"


async def test_one_version_is_current(fresh_office: Office) -> None:
    """A new version replaces the one before; files imported before become current again."""
    office = fresh_office
    first = (await office.import_list(SAMPLE_LIST)).watchlist
    second = (await office.import_list(SAMPLE_LIST[:1], accept_shrinking=True)).watchlist
    assert [(v.version, v.current) for v in await _versions(office)] == [(second.version, True), (first.version, False)]
    back = (await office.import_list(SAMPLE_LIST)).watchlist
    assert (back.version, back.current, back.entries) == (first.version, True, 2)
    assert [v.current for v in await _versions(office)] == [False, True]


async def test_a_list_that_shrank_is_refused(fresh_office: Office) -> None:
    """More than a tenth fewer entries are refused unless the caller says so; a tenth fewer pass; what was current stays."""
    office, people = fresh_office, [(91000 + n, f"SAMPLE{n}, Person", "") for n in range(20)]
    whole = (await office.import_list(people)).watchlist
    reason, found = await refused(office.import_list(people[:17]))
    assert (reason, found[0].type, found[0].subject) == ("PRECONDITION_FAILED", "LIST_SHRANK", "ofac-sdn")
    assert [(v.version, v.current) for v in await _versions(office)] == [(whole.version, True)]
    assert (await office.import_list(people[:18])).watchlist.entries == 18
    assert (await office.import_list(people[:1], accept_shrinking=True)).watchlist.entries == 1


async def test_bad_lines_are_told_and_the_rest_is_taken(fresh_office: Office) -> None:
    """A line with too few fields is refused with file and line; the other entries count."""
    files = ofac_files(SAMPLE_LIST)
    files["sdn.csv"] = b'7,"BROKEN"\r\n' + files["sdn.csv"]
    answer = await fresh_office.upload(files)
    assert (answer.watchlist.entries, answer.watchlist.rejected_lines) == (2, 1)
    assert [(r.file, r.line) for r in answer.rejected] == [("sdn.csv", 1)]


async def test_faulty_streams(fresh_office: Office) -> None:
    """No header, a missing file, a file of no known name, an empty list, an unknown format: each has its own answer."""
    office, files = fresh_office, ofac_files(SAMPLE_LIST)
    assert (await refused(office.upload(files, header=False)))[0] == "INVALID_FIELDS"
    reason, found = await refused(office.upload({"sdn.csv": files["sdn.csv"]}))
    assert (reason, [v.description for v in found]) == ("INVALID_FIELDS", ["add.csv is missing", "alt.csv is missing"])
    assert (await refused(office.upload({"..": b"x"})))[0] == "INVALID_FIELDS"
    assert (await refused(office.upload(ofac_files([]))))[0] == "PRECONDITION_FAILED"
    assert (await refused(office.upload(files, format=pb.WATCHLIST_FORMAT_EU_XML)))[0] == "UNSUPPORTED"
    assert await _versions(office) == []
