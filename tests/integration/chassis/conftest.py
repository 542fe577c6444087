"""A service of the tests' own, "probe", with the chassis' tables and one of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from support.databases import Templates, TestDatabase


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("probe") as made:
        yield made
