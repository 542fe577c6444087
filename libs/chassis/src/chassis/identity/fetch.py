"""Key sets over HTTP: OpenID Connect discovery and JWKS, bounded in size and time, no redirects."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from chassis.identity.files import Unusable
from chassis.identity.key_set import KeySet, parse

_MOST_BYTES = 512 * 1024
_DISCOVERY = "/.well-known/openid-configuration"


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def fetchable(url: str, *, production: bool) -> bool:
    """https, or http to this machine while developing."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "http":
        return not production and is_loopback(host)
    return parts.scheme == "https" and host != ""


@dataclass(frozen=True, slots=True)
class HttpKeys:
    """Fetches the keys of an issuer.

    Attributes:
        issuer: its name (`iss`); where `jwks_url` is "", also where its configuration is found (OpenID Connect Discovery 1.0, 4).
        timeout_s: for each of the at most two requests.
    """

    issuer: str
    jwks_url: str
    algorithms: Collection[str]
    production: bool
    timeout_s: float

    async def __call__(self) -> KeySet:
        """Raises Unusable or httpx.HTTPError."""
        url = self.jwks_url or await self._discovered()
        return parse(await self._json(url), self.algorithms, production=self.production)

    async def _discovered(self) -> str:
        found = await self._json(self.issuer.rstrip("/") + _DISCOVERY)
        if not isinstance(found, dict) or found.get("issuer") != self.issuer:
            raise Unusable("the issuer's configuration names another issuer")
        url = found.get("jwks_uri")
        if not isinstance(url, str):
            raise Unusable("the issuer's configuration has no jwks_uri")
        return url

    async def _json(self, url: str) -> Any:
        if not fetchable(url, production=self.production):
            raise Unusable("keys are fetched over https only")
        # A proxy of the environment has no way to this machine.
        outside = not is_loopback(urlsplit(url).hostname or "")
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                httpx.AsyncClient(follow_redirects=False, trust_env=outside) as client,
                client.stream("GET", url, headers=headers) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise Unusable(f"the issuer answers with status {response.status_code}")
                return json.loads(await _body(response))
        except (ValueError, RecursionError):
            raise Unusable("the issuer's answer is not JSON") from None


async def _body(response: httpx.Response) -> bytes:
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > _MOST_BYTES:
            raise Unusable(f"the issuer's answer has more than {_MOST_BYTES} bytes")
    return bytes(found)
