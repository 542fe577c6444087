"""Import of the official csv set."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding.adapters.watchlists import Limits, ListTooLarge, OfacFiles, WatchlistImport, import_ofac_sdn
from onboarding.adapters.watchlists.remarks import parse_birth, parse_remarks
from onboarding.domain.watchlist import DateRange, EntryType, NameQuality

GOOD = b'7,"DOE, Jon","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1970; nationality Tajikistan."\r\n'


def run(sdn: bytes, alt: bytes = b"", add: bytes = b"", limits: Limits | None = None) -> WatchlistImport:
    return import_ofac_sdn(OfacFiles(io.BytesIO(sdn), io.BytesIO(alt), io.BytesIO(add)), limits)


def test_the_demo_list_is_read_whole(demo: WatchlistImport) -> None:
    """Names with their quality, birth, nationality, countries and programmes; no problem lines."""
    assert demo.problems == ()
    assert {e.type for e in demo.entries} == set(EntryType)
    entry = next(e for e in demo.entries if e.uid == "90001")
    assert entry.primary_name == "KARIMOV, Rustam Bakhtiyor"
    assert [n.quality for n in entry.names] == [NameQuality.PRIMARY, NameQuality.STRONG, NameQuality.STRONG]
    assert (entry.names[0].surname, entry.names[0].given) == ("KARIMOV", "Rustam Bakhtiyor")
    assert entry.births == (DateRange(date(1979, 3, 14), date(1979, 3, 14)),)
    assert (entry.nationalities, entry.countries, entry.programs) == (("TJ",), ("TJ", "TR"), ("SDGT",))
    weak = next(e for e in demo.entries if e.uid == "90008")
    assert [n.full for n in weak.names if n.quality is NameQuality.WEAK] == ["MALANG"]


def test_bad_lines_are_named_and_the_others_go_on() -> None:
    """Each rejected line comes with file, number and every reason; good neighbours are imported."""
    sdn = (
        GOOD
        + b'8,"only three",-0- \r\n'
        + b'x,"","ghost","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
        + b'9,"unclosed,"individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
        + GOOD
        + GOOD.replace(b"7,", b"10,", 1).replace(b"DOB 1970", b"DOB 31 Feb 1970")
        + b"\x1a"
    )
    result = run(
        sdn, alt=b'7,1,"aka","ROE, Jon",-0- \r\n99,2,"aka","X",-0- \r\n7,3,"zzz","Y",-0- \r\n', add=b"99,1,-0- ,-0- ,-0- ,-0- "
    )
    assert [e.uid for e in result.entries] == ["7", "10"]
    assert [n.full for n in result.entries[0].names] == ["DOE, Jon", "ROE, Jon"]
    by_line = {(p.file, p.line): p for p in result.problems}
    assert set(by_line) == {
        ("sdn.csv", 2), ("sdn.csv", 3), ("sdn.csv", 4), ("sdn.csv", 5), ("sdn.csv", 6),
        ("alt.csv", 2), ("alt.csv", 3), ("add.csv", 1),
    }  # fmt: skip
    assert by_line["sdn.csv", 3].reason == "entity number is not a number; name is empty; unknown type"
    assert "twice" in by_line["sdn.csv", 5].reason
    assert (by_line["sdn.csv", 6].reason, by_line["sdn.csv", 6].rejected) == ("cannot read: DOB 31 Feb 1970", False)


def test_limits_stop_a_file_that_is_not_the_list() -> None:
    """Too many lines or problems end the import; one overlong line is only skipped."""
    with pytest.raises(ListTooLarge):
        run(GOOD * 3, limits=Limits(lines=2))
    with pytest.raises(ListTooLarge):
        run(b"junk\r\n" * 5, limits=Limits(problems=3))
    result = run(b"9," + b"x" * 5000 + b"\r\n" + GOOD, limits=Limits(line_bytes=1000))
    assert [p.line for p in result.problems] == [1]
    assert [e.uid for e in result.entries] == ["7"]


def test_version_and_fingerprint_follow_the_content() -> None:
    """The version changes with any byte of any file, the fingerprint only with the entry."""
    one, two = run(GOOD), run(GOOD + GOOD.replace(b"7,", b"8,", 1))
    assert one.version.version != two.version.version
    assert one.entries[0].fingerprint == two.entries[0].fingerprint
    changed = run(GOOD.replace(b"1970", b"1971"))
    assert changed.entries[0].fingerprint != one.entries[0].fingerprint
    assert run(GOOD).version == one.version


def test_older_code_page_keeps_the_name() -> None:
    """A line that is not UTF-8 is read in the Windows code page, never dropped."""
    assert run(GOOD.replace(b"DOE", b"D\xd6E")).entries[0].primary_name == "DÖE, Jon"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 Mar 1979", DateRange(date(1979, 3, 14), date(1979, 3, 14))),
        ("Mar 1979", DateRange(date(1979, 3, 1), date(1979, 3, 31))),
        ("1979", DateRange(date(1979, 1, 1), date(1979, 12, 31))),
        ("circa 1979", DateRange(date(1979, 1, 1), date(1979, 12, 31), circa=True)),
        ("circa 1979-1982", DateRange(date(1979, 1, 1), date(1982, 12, 31), circa=True)),
        ("1964 to 1966", DateRange(date(1964, 1, 1), date(1966, 12, 31))),
        ("01 Jan 1973 to 31 Dec 1973", DateRange(date(1973, 1, 1), date(1973, 12, 31))),
        ("Mar 1968 to Apr 1969", DateRange(date(1968, 3, 1), date(1969, 4, 30))),
        ("1966 to 1964", None),
        ("30 Feb 1979", None),
        ("0000", None),
        ("unknown", None),
    ],
)
def test_birth_dates_in_every_official_form(text: str, expected: DateRange | None) -> None:
    """Days, months, years, spans and circa; nonsense is None, not a guess."""
    assert parse_birth(text) == expected


def test_remarks_with_separators_inside_names() -> None:
    """Alternatives, places with commas and quoted aliases with commas stay whole."""
    found = parse_remarks(
        "DOB 1970; alt. DOB 1971; POB Khujand, Tajikistan; alt. nationality Iran; citizen Burma; "
        "a.k.a. 'ASIA, Abu'; a.k.a. 'O'GROBNIK'."
    )
    assert (len(found.births), found.birth_places) == (2, ["Khujand, Tajikistan"])
    assert (found.nationalities, found.citizenships) == (["IR"], ["MM"])
    assert found.weak_aliases == ["ASIA, Abu", "O'GROBNIK"]


@given(st.binary(max_size=400), st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_import_without_an_unexpected_error(sdn: bytes, alt: bytes, add: bytes) -> None:
    """Garbage gives problems, never an exception, and never loses the good line before it."""
    result = run(GOOD + sdn, alt, add)
    assert result.entries[0].primary_name == "DOE, Jon"


@given(st.text(max_size=200))
def test_any_remarks_parse(text: str) -> None:
    """Free text of the list never raises."""
    parse_remarks(text)
    parse_birth(text)


def test_official_list(official: WatchlistImport) -> None:
    """All lines of the real set are understood."""
    assert official.problems == ()
    assert len(official.entries) > 8_000
    assert sum(bool(e.births) for e in official.entries if e.type is EntryType.INDIVIDUAL) > 4_000
