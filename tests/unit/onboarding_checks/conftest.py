"""Lists for the screening tests: the invented demo list, and the official one where it is available."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.watchlists import OfacFiles, WatchlistImport, import_ofac_sdn

_DEMO = Path(__file__).parents[3] / "deploy" / "local" / "demo" / "watchlist"


def load(folder: Path) -> WatchlistImport:
    with ExitStack() as stack:
        streams = [stack.enter_context((folder / f"{n}.csv").open("rb")) for n in ("sdn", "alt", "add")]
        return import_ofac_sdn(OfacFiles(*streams))


@pytest.fixture(scope="session")
def demo() -> WatchlistImport:
    return load(_DEMO)


@pytest.fixture(scope="session")
def screener(demo: WatchlistImport) -> ListNameScreener:
    made = ListNameScreener(["OFAC_SDN"])
    made.replace_list(demo.version, demo.entries)
    return made


@pytest.fixture(scope="session")
def official() -> WatchlistImport:
    """The real list from the folder KAMAI_TEST_WATCHLISTS names (it holds ofac/{sdn,alt,add}.csv)."""
    folder = os.environ.get("KAMAI_TEST_WATCHLISTS", "")
    if not (folder and (Path(folder) / "ofac" / "sdn.csv").exists()):
        pytest.skip("KAMAI_TEST_WATCHLISTS does not name a folder with the official OFAC files")
    return load(Path(folder) / "ofac")
