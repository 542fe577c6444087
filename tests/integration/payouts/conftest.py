"""A stage per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from integration.payouts.stage import Stage, staged
from support.audited import every_change_is_audited  # noqa: F401
from support.databases import Templates
from support.tokens import TokenMaker


@pytest.fixture
async def stage(templates: Templates, tokens: TokenMaker, tmp_path: Path) -> AsyncIterator[Stage]:
    """Payouts with an empty database and a funded organisation."""
    async with staged(templates, tokens, tmp_path) as made:
        await made.fund()
        yield made
