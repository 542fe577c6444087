"""Name screening on the demo list: every way of writing a name, the explanation, replacement at run time."""

import threading
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.name_matching.fold import tokenize
from onboarding.adapters.watchlists import WatchlistImport
from onboarding.domain.screening import Agreement, Candidate, Subject, SubjectKind
from onboarding.domain.watchlist import DateRange, ListVersion

BIRTH = DateRange(date(1979, 3, 14), date(1979, 3, 14))


def hits(screener: ListNameScreener, *names: str) -> list[str]:
    return [c.entry.uid for c in screener.screen(Subject(names)).candidates]


def top(screener: ListNameScreener, subject: Subject) -> Candidate:
    return screener.screen(subject).candidates[0]


@pytest.mark.parametrize(
    "name",
    [
        "Rustam Bakhtiyor Karimov", "KARIMOV Rustam", "karimov, rustam", "Rustam Karimov", "Rustem Qarimov",
        "Рустам Каримов", "Каримов Рустам Бахтиёрович", "رستم کریموف", "Rustаm Kаrimоv", "Rust@m Kar1mov",
        "R. Karimov", "Rstm Krmv", "Mr. Rustam B. Karimov", "Rustam Bakhtiyorovich Karimov", "Roustam Kerimov",
        "Rustam  Kari\u200bmov", "ＲＵＳＴＡＭ ＫＡＲＩＭＯＶ", "Rustam Karimow", "Rusatm Karimov", "Karimov R B",
    ],
)  # fmt: skip
def test_one_person_written_many_ways(screener: ListNameScreener, name: str) -> None:
    """Order, script, patronymic, title, initials, vowels, look-alikes, spacing and typos do not hide him."""
    assert "90001" in hits(screener, name)


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("منذر عبد السلام الدراقي", "90003"), ("Munzir Abdulsalam Al Duraqi", "90003"), ("Mundhir Alduraqi", "90003"),
        ("Геннадий Луганский", "90004"), ("Tao Xuebing", "90010"), ("Tao Xue Bing", "90010"),
        ("Faysal Dafer al-Shumrani Otayf", "90015"), ("Anwar El Haddouchi Sebti", "90022"), ("Haji Naik Zaman Habibzai", "90020"),
    ],
)  # fmt: skip
def test_other_languages(screener: ListNameScreener, name: str, uid: str) -> None:
    """Arabic article and abd-compounds, Cyrillic, split Chinese given names."""
    assert uid in hits(screener, name)


@pytest.mark.parametrize(
    "name",
    [
        "Rustam Petrov", "Karim Rustamov", "Bakhtiyor Aliev", "Ayesha Siddiqui", "John Smith", "Maria Santos", "Wei Zhang",
        "Karimov", "Rustam", "Faisal Ahmed", "Muhammad Usman Ghani", "Santosh Kumar", "Olena Kovalenko", "Mehrdad Karimi",
    ],
)  # fmt: skip
def test_other_people_are_left_alone(screener: ListNameScreener, name: str) -> None:
    """A shared given name or surname alone is no hit."""
    assert hits(screener, name) == []


def test_birth_and_nationality_rank_but_never_drop(screener: ListNameScreener) -> None:
    """The same name stays a hit whatever the birth date; agreement only moves it up."""
    agreeing = top(screener, Subject(("Rustam Karimov",), birth=BIRTH, nationalities=("TJ",)))
    other = replace(BIRTH, earliest=date(2001, 1, 1), latest=date(2001, 1, 1))
    differing = top(screener, Subject(("Rustam Karimov",), birth=other, nationalities=("PK",)))
    assert (agreeing.birth, agreeing.nationality) == (Agreement.AGREES, Agreement.AGREES)
    assert (differing.birth, differing.nationality) == (Agreement.DIFFERS, Agreement.DIFFERS)
    assert agreeing.name_score == differing.name_score
    assert agreeing.rank > differing.rank


def test_a_hit_explains_every_part_of_both_names(screener: ListNameScreener) -> None:
    """Title, look-alike and missing patronymic are each named, once."""
    hit = top(screener, Subject(("Dr. Rustam Qarimov",)))
    how = {(t.queried, t.listed): t.how for t in hit.tokens}
    assert how["Dr.", ""] == "IGNORED" if ("Dr.", "") in how else how["Dr", ""] == "IGNORED"
    assert how["Rustam", "Rustem"] in ("VARIANT", "FUZZY", "SOUND")
    assert how["Qarimov", "QARIMOV"] == "EXACT"


def test_a_weak_alias_alone_needs_the_whole_query(screener: ListNameScreener) -> None:
    """ "MALANG" is a nickname many people carry."""
    assert hits(screener, "Malang") == ["90008"]
    assert hits(screener, "Malang Shah Bukhari") == []


def test_organisations_are_matched_with_organisations(screener: ListNameScreener) -> None:
    """A company is not held up by a person, nor a person by a ship."""
    found = screener.screen(Subject(("Nordmeer Trading",), SubjectKind.ORGANISATION)).candidates
    assert [c.primary_name for c in found] == ["NORDMEER TRADING FZE"]
    assert hits(screener, "Sea Lark") == []


def test_incomplete_runs_say_so(demo: WatchlistImport) -> None:
    """A missing list, a name with nothing comparable and no name at all each leave the run incomplete."""
    empty = ListNameScreener(["OFAC_SDN"])
    assert empty.screen(Subject(("Ann Lee",))).missing_lists == ("OFAC_SDN",)
    empty.replace_list(demo.version, demo.entries)
    assert empty.screen(Subject(("Ann Lee",))).complete
    for name in ("!!!", "A. B.", "Ann " * 20, "x" * 400):
        assert empty.screen(Subject((name,))).unscreenable == (name,)
    assert not empty.screen(Subject(())).complete


def test_a_list_is_replaced_while_others_screen(demo: WatchlistImport) -> None:
    """Every answer is wholly of one version: either the old list with its hit or the new one without."""
    screener = ListNameScreener(["OFAC_SDN"])
    screener.replace_list(demo.version, demo.entries)
    rest = tuple(e for e in demo.entries if e.uid != "90001")
    answers, stop = [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            result = screener.screen(Subject(("Rustam Karimov",)))
            answers.append((result.lists[0].version, bool(result.candidates)))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(5):
        screener.replace_list(ListVersion("OFAC_SDN", f"without-{i}", len(rest)), rest)
        screener.replace_list(demo.version, demo.entries)
    stop.set()
    for thread in threads:
        thread.join()
    assert answers
    assert all(found == (version == demo.version.version) for version, found in answers)


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_no_text_makes_screening_raise(text: str) -> None:
    """Any unicode folds into bounded tokens."""
    assert len(tokenize(text)) <= 14
    assert all(t.key for t in tokenize(text))


@given(st.permutations(["Rustam", "Bakhtiyor", "Karimov"]))
def test_order_does_not_matter(screener: ListNameScreener, words: list[str]) -> None:
    """The score of a full name is the same in every order."""
    assert top(screener, Subject((" ".join(words),))).name_score == pytest.approx(1.0, abs=0.03)


@given(st.sets(st.integers(0, 13), max_size=14))
def test_homoglyphs_do_not_matter(screener: ListNameScreener, places: set[int]) -> None:
    """Any Latin letters swapped for their Cyrillic twins leave the score unchanged."""
    twins = str.maketrans("aoeK", "аоеК")
    name = "".join(c.translate(twins) if i in places else c for i, c in enumerate("Rustam Karimov"))
    assert top(screener, Subject((name,))).name_score == top(screener, Subject(("Rustam Karimov",))).name_score
