"""Key sets, and where they come from: an issuer that is slow, down, or has nothing usable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from chassis.identity.fetch import HttpKeys, fetchable
from chassis.identity.files import Unusable
from chassis.identity.key_set import ALGORITHMS, KeySet, parse
from chassis.identity.key_sources import IssuerKeys, Pace
from chassis.identity.refusals import KeysUnavailable
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

ED25519 = ed25519.Ed25519PrivateKey.generate()
GOOD: dict[str, Any] = {"kid": "a", **OKPAlgorithm.to_jwk(ED25519.public_key(), as_dict=True)}
PRIVATE: dict[str, Any] = {"kid": "a", **OKPAlgorithm.to_jwk(ED25519, as_dict=True)}
SHORT: dict[str, Any] = {
    "kid": "s", **RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
}  # fmt: skip


def keys(*entries: Any, production: bool = False) -> KeySet:
    return parse({"keys": list(entries)}, ALGORITHMS, production=production)


@pytest.mark.parametrize(
    "entry",
    [
        GOOD | {"use": "enc"}, GOOD | {"key_ops": ["encrypt"]}, GOOD | {"kid": None}, GOOD | {"kty": "XYZ"},
        GOOD | {"alg": "HS256"}, GOOD | {"alg": "RS256"}, GOOD | {"alg": ["EdDSA"]}, GOOD | {"crv": "X25519"},
        GOOD | {"x": "AAAA"}, GOOD | {"key_ops": 1}, SHORT, "rubbish", {},
    ],
)  # fmt: skip
def test_keys_that_are_passed_over(entry: Any) -> None:
    """For another purpose, of another kind, too short, or malformed: the others of the set are used."""
    assert len(keys(entry, GOOD | {"kid": "other"})) == 1
    with pytest.raises(Unusable, match="holds no key"):
        keys(entry)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"keys": {}},
        {"keys": [GOOD] * 101},
        {"keys": [PRIVATE]},
        {"keys": [GOOD, {"kty": "oct", "k": "c2VjcmV0", "kid": "o"}]},
    ],
)
def test_sets_that_are_refused(document: Any) -> None:
    """No key set, one beyond measure, or one that gives private or shared keys away."""
    with pytest.raises(Unusable):
        parse(document, ALGORITHMS, production=False)


def test_keys_of_a_development_stack() -> None:
    """Fine while developing; in production the whole set is refused."""
    marked = GOOD | {"kamai_env": "development"}
    assert len(keys(marked)) == 1
    with pytest.raises(Unusable, match="development stack"):
        keys(GOOD | {"kid": "other"}, marked, production=True)


@pytest.mark.parametrize(
    ("url", "development", "production"),
    [
        ("https://login.example", True, True), ("http://login.example", False, False), ("http://127.0.0.1:8080", True, False),
        ("http://localhost/x", True, False), ("http://[::1]:1", True, False), ("http://127.0.0.1.example", False, False),
        ("http://localhost@login.example", False, False), ("file:///etc/passwd", False, False), ("https://", False, False),
        ("urn:kamai:development", False, False), ("", False, False), ("https://[", False, False),
    ],
)  # fmt: skip
def test_where_keys_may_be_fetched(url: str, development: bool, production: bool) -> None:
    """Over https; over http from this machine only, and only while developing."""
    assert fetchable(url, production=False) is development
    assert fetchable(url, production=True) is production


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counted:
    """A fetch that waits until it is let go, and fails when there is nothing to give."""

    def __init__(self) -> None:
        self.begun, self.result = 0, keys(GOOD)
        self.failing, self.gate = False, asyncio.Event()
        self.gate.set()

    async def __call__(self) -> KeySet:
        self.begun += 1
        await self.gate.wait()
        if self.failing:
            raise OSError("down")
        return self.result


async def test_one_fetch_for_all_who_wait() -> None:
    """A hundred calls with unknown keys at once are one fetch; those that give up do not take it from the others."""
    fetch, clock = Counted(), Clock()
    source = IssuerKeys(fetch, Pace(300, 10, 1000), clock)
    fetch.gate.clear()
    waiting = [asyncio.create_task(source.having(f"kid-{number}")) for number in range(100)]
    await asyncio.sleep(0)
    waiting.pop().cancel()
    fetch.gate.set()
    found = await asyncio.gather(*waiting)
    assert (fetch.begun, len(found[0])) == (1, 1)


async def test_unknown_keys_are_looked_for_now_and_then() -> None:
    """Not again before the time is up, whatever comes; then once more."""
    fetch, clock = Counted(), Clock()
    source = IssuerKeys(fetch, Pace(300, 10, 1000), clock)
    for number in range(50):
        await source.having(f"kid-{number}")
    assert fetch.begun == 1
    clock.now += 10
    fetch.result = keys(GOOD, GOOD | {"kid": "new"})
    assert (await source.having("new")).of("new")
    assert fetch.begun == 2
    clock.now += 100
    await source.having("new")
    assert fetch.begun == 2


async def test_an_issuer_that_is_down() -> None:
    """The last good set counts for as long as the settings say, and no longer; a good fetch begins the time anew."""
    fetch, clock = Counted(), Clock()
    source = IssuerKeys(fetch, Pace(300, 10, 1000), clock)
    fetch.failing = True
    with pytest.raises(KeysUnavailable):
        await source.having("a")
    with pytest.raises(KeysUnavailable):
        source.current()
    fetch.failing, clock.now = False, clock.now + 10
    assert (await source.having("a")).of("a")
    fetch.failing, clock.now = True, clock.now + 1000
    assert (await source.having("b")).of("a")
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        source.current()
    fetch.failing, clock.now = False, clock.now + 10
    assert (await source.having("a")).of("a")


async def answering(body: bytes, status: str = "200 OK", headers: str = "") -> AsyncIterator[str]:
    """Address of a server that says this to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{headers}\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("body", "status", "headers", "said"),
    [
        (b"{", "200 OK", "", "not JSON"),
        (b"[" * 100_000, "200 OK", "", "not JSON"),
        (b"{}", "302 Found", "location: https://attacker.example\r\n", "status 302"),
        (b"{}", "500 Oops", "", "status 500"),
        (b" " * 600_000, "200 OK", "", "more than"),
        (b'{"issuer": "https://other.example"}', "200 OK", "", "another issuer"),
        (b'{"issuer": "https://other.example", "keys": 1}', "200 OK", "", "another issuer"),
    ],
)
async def test_answers_that_are_not_taken(body: bytes, status: str, headers: str, said: str) -> None:
    """No redirect is followed, nothing beyond measure is read, and an issuer speaks for itself only."""
    async for url in answering(body, status, headers):
        with pytest.raises(Unusable, match=said):
            await HttpKeys(url, "", ALGORITHMS, production=False, timeout_s=5)()


async def test_keys_at_an_address_of_their_own() -> None:
    """Where the settings say where the keys are, nothing is discovered; in production not without TLS."""
    async for url in answering(json.dumps({"keys": [GOOD]}).encode()):
        assert len(await HttpKeys("https://login.example", url, ALGORITHMS, production=False, timeout_s=5)()) == 1
        with pytest.raises(Unusable, match="https only"):
            await HttpKeys("https://login.example", url, ALGORITHMS, production=True, timeout_s=5)()


async def test_an_issuer_that_never_answers() -> None:
    """Its time is bounded."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(TimeoutError):
            await HttpKeys(url, "", ALGORITHMS, production=False, timeout_s=0.1)()
        await gone.wait()
