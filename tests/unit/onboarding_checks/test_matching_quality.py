"""Recall, precision and speed on the full official list."""

import os
import time
from pathlib import Path

import pytest
from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.name_matching.screener import DEFAULT_THRESHOLD
from onboarding.adapters.watchlists import WatchlistImport
from onboarding.domain.screening import Subject
from onboarding.domain.watchlist import ListVersion

from .matching_evaluation import OriginalScript, evaluate, negatives, positives, read_original_scripts
from .name_mutations import MUTATORS

_FLOORS = {"dropped_vowels": 0.75, "arabic": 0.7}
"""Kinds in which the mutation itself destroys names (every short vowel and half-vowel gone)."""


@pytest.fixture(scope="module")
def wide(official: WatchlistImport) -> ListNameScreener:
    made = ListNameScreener(["OFAC_SDN"], threshold=0.7)
    made.replace_list(official.version, official.entries)
    return made


@pytest.fixture(scope="module")
def original_script() -> OriginalScript:
    path = Path(os.environ.get("KAMAI_TEST_WATCHLISTS", "")) / "un" / "consolidated.xml"
    if not path.is_file():
        pytest.skip("KAMAI_TEST_WATCHLISTS does not name a folder with the UN consolidated list")
    return read_original_scripts(path)


def test_recall_and_precision(wide: ListNameScreener, official: WatchlistImport) -> None:
    """At the default threshold: recall 0.95, precision 0.97, no kind of mutation forgotten."""
    report = evaluate(wide, official.entries, per_kind=60, seed=7)
    at = DEFAULT_THRESHOLD
    kinds = {m.__name__: report.recall(at, m.__name__) for m in MUTATORS}
    print({k: round(v, 3) for k, v in kinds.items()}, report.recall(at), report.precision(at))
    assert report.recall(at) >= 0.95
    assert report.precision(at) >= 0.97
    assert all(value >= _FLOORS.get(kind, 0.9) for kind, value in kinds.items()), kinds


def test_names_in_their_own_script(original_script: OriginalScript) -> None:
    """The UN list gives Arabic, Cyrillic, Chinese and Korean originals beside its Latin names: each must find its entry."""
    entries, queries = original_script
    screener = ListNameScreener(["UN"])
    screener.replace_list(ListVersion("UN", "test", len(entries)), entries)
    missed = []
    for uid, query in queries:
        if all(c.entry.uid != uid for c in screener.screen(Subject((query,))).candidates):
            missed.append(query)
    recall = 1 - len(missed) / len(queries)
    print(f"{recall:.3f} of {len(queries)}")
    assert recall >= 0.85


def test_speed(official: WatchlistImport) -> None:
    """The index is ready in seconds and one thread answers hundreds of names a second (processor time)."""
    screener = ListNameScreener(["OFAC_SDN"])
    started = time.process_time()
    screener.replace_list(official.version, official.entries)
    build_s = time.process_time() - started
    names = [q for _, q, _, _ in positives(official.entries, 20, 3)] + negatives(official.entries, 300, 3)
    started = time.process_time()
    for name in names:
        screener.screen(Subject((name,)))
    rate = len(names) / (time.process_time() - started)
    print(f"index {build_s:.2f} s, {rate:.0f} names/s")
    assert build_s < 6
    assert rate > 250
