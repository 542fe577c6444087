"""Token buckets and calls at once, by a clock that the test moves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from chassis.errors import LimitExceeded
from chassis.rpc.call import Caller
from chassis.rpc.limits import Limits
from chassis.settings import ServiceSettings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

A, B = (Caller("ada", f"org_01h455vb4pex5vsknk084sn02{last}") for last in "qr")


class Watch:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limits(watch: Watch, **more: float) -> Limits:
    given_settings = {"limit_reads_per_s": 10, "limit_reads_burst": 5, "limit_calls_at_once": 2, **more}
    settings = ServiceSettings(
        token_issuer="https://login.example", database_url=SecretStr("-"), vault_directory=Path("/"), **given_settings
    )
    return Limits(settings, watch)


@given(st.lists(st.floats(0, 3), max_size=60))
def test_never_more_than_the_rate_allows(pauses_s: list[float]) -> None:
    """Over any time, however the calls come, a tenant gets at most burst + rate x seconds of them through."""
    watch, passed, longest_s = Watch(), 0, 0.0
    guard, began = limits(watch), Watch().now
    for pause_s in pauses_s:
        watch.now += pause_s
        try:
            guard.take(A, "/m", "read")
            passed += 1
        except LimitExceeded as refused:
            longest_s = max(longest_s, refused.retry_after_s)
    assert longest_s <= 0.1 + 1e-9
    assert passed <= 5 + 10 * (watch.now - began) + 1e-6


def test_after_the_pause_it_was_told_a_call_passes() -> None:
    """RetryInfo is honest: not before, and at once after it."""
    watch = Watch()
    guard = limits(watch)
    for _ in range(5):
        guard.take(A, "/m", "read")
    with pytest.raises(LimitExceeded) as refused:
        guard.take(A, "/m", "read")
    watch.now += refused.value.retry_after_s * 0.9
    with pytest.raises(LimitExceeded):
        guard.take(A, "/m", "read")
    watch.now += refused.value.retry_after_s * 0.2
    guard.take(A, "/m", "read")


def test_tenants_methods_and_weights_are_apart() -> None:
    """What one tenant has used up of one method leaves another tenant, another method and another weight as they were."""
    watch = Watch()
    guard = limits(watch)
    for _ in range(5):
        guard.take(A, "/m", "read")
    guard.take(B, "/m", "read")
    guard.take(A, "/other", "read")
    guard.take(A, "/write", "write")
    with pytest.raises(LimitExceeded):
        guard.take(A, "/m", "read")


def test_people_of_the_platform_have_a_bucket_each() -> None:
    """One operator's script does not stop another's work."""
    guard = limits(Watch())
    for _ in range(5):
        guard.take(Caller("omar"), "/m", "read")
    guard.take(Caller("tara"), "/m", "read")


async def test_refusals_come_one_by_one() -> None:
    """Five refusals at once are answered at 20 ms from each other; another tenant's comes at once."""
    guard, loop = limits(Watch()), asyncio.get_running_loop()
    began = loop.time()
    first = [asyncio.create_task(guard.slow_down(A)) for _ in range(5)]
    await guard.slow_down(B)
    assert loop.time() - began < 0.06
    await asyncio.gather(*first)
    assert loop.time() - began >= 0.08


async def test_of_many_refusals_few_wait() -> None:
    """Of 25 at once 20 wait for their turn; the others are answered at once, and say so; nothing is kept of those that wait."""
    guard = limits(Watch(), limit_refusals_per_s=100, limit_refusals_waiting=20)
    first = [asyncio.create_task(guard.slow_down(A)) for _ in range(20)]
    await asyncio.sleep(0)
    assert [await guard.slow_down(A) for _ in range(5)] == [False] * 5
    assert not first[-1].done()
    assert await guard.slow_down(B)
    assert await asyncio.gather(*first) == [True] * 20
    assert not guard._waiting


async def test_of_tenants_that_were_refused_not_all_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of refusals and of buckets is bounded: the one that was refused longest ago is forgotten."""
    monkeypatch.setattr("chassis.rpc.limits._MOST_BUCKETS", 3)
    guard = limits(Watch())
    for name in "abcdef":
        await guard.slow_down(Caller(name))
        guard.take(Caller(name), "/m", "read")
    assert list(guard._refusals) == ["d", "e", "f"]
    assert len(guard._buckets) == 3


def test_calls_without_the_right_are_limited_together() -> None:
    """As many a second as refusals, of whatever method; they take nothing from the calls that are allowed."""
    watch = Watch()
    guard = limits(watch, limit_refusals_per_s=3)
    for _ in range(3):
        guard.take_denied(A)
    with pytest.raises(LimitExceeded):
        guard.take_denied(A)
    guard.take_denied(B)
    guard.take(A, "/m", "read")
    watch.now += 0.5
    guard.take_denied(A)


def test_calls_at_once_are_given_back() -> None:
    """The third at once is refused; one that ended makes room; nothing is kept of tenants without calls."""
    guard = limits(Watch())
    leave = [guard.enter(A) for _ in range(2)]
    with pytest.raises(LimitExceeded):
        guard.enter(A)
    guard.enter(B)(None)
    guard.turn(A)
    leave.pop()(None)
    leave.append(guard.enter(A))
    for each in leave:
        each(None)
    assert not guard._running
    assert not guard._turns


async def test_one_tenant_works_with_half_of_the_connections() -> None:
    """Of ten calls at once four work, the others wait for their turn, and another tenant's does not wait behind them."""
    guard, working, most, done = limits(Watch(), limit_calls_at_once=50, database_pool_size=8), 0, 0, asyncio.Event()

    async def call(caller: Caller) -> None:
        nonlocal working, most
        leave = guard.enter(caller)
        async with guard.turn(caller):
            working += 1
            most = max(most, working)
            await done.wait()
            working -= 1
        leave(None)

    calls = [asyncio.create_task(call(A)) for _ in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)  # lets every call come as far as it can
    assert (working, most) == (4, 4)
    other = asyncio.create_task(call(B))
    for _ in range(20):
        await asyncio.sleep(0)
    assert working == 5
    done.set()
    await asyncio.gather(*calls, other)
    assert not guard._running
