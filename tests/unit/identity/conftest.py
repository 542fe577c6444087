"""An authenticator without a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chassis.identity.authenticator import Authenticator
from chassis.identity.settings import IdentitySettings
from support.tokens import TokenMaker


@pytest.fixture
def recognising(tokens: TokenMaker) -> Callable[..., Authenticator]:
    """Makes one from settings; without any, of the test's key."""

    def make(**settings: Any) -> Authenticator:
        given: dict[str, Any] = {"env": "development", "token_keys": tokens.jwks, **settings}
        return Authenticator(IdentitySettings(**given))

    return make
