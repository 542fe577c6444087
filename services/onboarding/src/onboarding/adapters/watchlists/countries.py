"""Country names of the lists -> ISO 3166-1 alpha-2."""

import unicodedata
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    text = files(__package__).joinpath("countries.txt").read_text(encoding="utf-8")
    rows = (line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {_fold(name): code for code, name in rows}


def country_code(name: str) -> str:
    """The code, or the name itself (trimmed) when no table row has it: information is never thrown away."""
    return _table().get(_fold(name), name.strip())


def _fold(name: str) -> str:
    text = unicodedata.normalize("NFKD", name.replace("’", "'"))
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).casefold().split())
