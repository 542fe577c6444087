"""A server to call, and keys to sign tokens with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import Answering, answering
from devstack.keys import Keys


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering() as found:
        yield found


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys as the development stack makes them."""
    made = Keys(tmp_path_factory.mktemp("keys"))
    made.make_missing()
    return made
