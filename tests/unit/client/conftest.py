"""A server to call, and keys to sign tokens with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from devstack.keys import Keys
from unit.client.answering import Answering, answering


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
