"""How much one tenant may ask: calls a second by method, and calls at once. Counted in this process: `n` replicas allow `n` times
as much. What is refused has no effect and may be repeated after the pause the answer names (RetryInfo)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from chassis.db.database import PLATFORM
from chassis.errors import LimitExceeded
from chassis.rpc.call import Caller
from chassis.settings import ServiceSettings

# More tenants and methods than any installation has; whoever is forgotten begins with a full bucket.
_MOST_BUCKETS = 50_000
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second in the long run, and how many may come at once after a quiet time."""

    per_s: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limits:
    """Token buckets by tenant and method, and a bound on a tenant's calls at once. `now` is a monotonic clock in seconds."""

    def __init__(self, settings: ServiceSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._rates = {
            "read": Rate(settings.limit_reads_per_s, settings.limit_reads_burst),
            "write": Rate(settings.limit_writes_per_s, settings.limit_writes_burst),
            "heavy": Rate(settings.limit_heavy_per_s, settings.limit_heavy_burst),
            "denied": Rate(settings.limit_refusals_per_s, max(1.0, settings.limit_refusals_per_s)),
        }
        self._at_once, self._between_refusals_s = settings.limit_calls_at_once, 1 / settings.limit_refusals_per_s
        self._most_waiting = settings.limit_refusals_waiting
        # Half of the connections: whatever one tenant waits for, others find one.
        self._working = max(1, settings.database_pool_size // 2)
        self._now = now
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._running: Counter[str] = Counter()
        self._refusals: OrderedDict[str, float] = OrderedDict()  # when the last one of a tenant was, or will be, answered
        self._waiting: Counter[str] = Counter()  # refusals that are not answered yet
        self._turns: dict[str, asyncio.Semaphore] = {}

    def take(self, caller: Caller, method: str, weight: str) -> None:
        """Counts a call of `weight` read, write or heavy; raises LimitExceeded when the tenant has used up what it may ask."""
        rate, now, key = self._rates[weight], self._now(), (tenant_of(caller), method)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate.burst, now)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            bucket.left = min(rate.burst, bucket.left + (now - bucket.at) * rate.per_s)
            bucket.at = now
            self._buckets.move_to_end(key)
        if bucket.left < 1:
            wait_s = (1 - bucket.left) / rate.per_s
            raise LimitExceeded(
                f"{weight} calls", f"you may make {rate.per_s:g} such calls a second: repeat it in {wait_s:.2f} s", wait_s
            )  # fmt: skip
        bucket.left -= 1

    def take_denied(self, caller: Caller) -> None:
        """Counts a call of whatever method that the caller has no right to; raises LimitExceeded as `take`."""
        self.take(caller, "", "denied")

    def enter(self, caller: Caller) -> Callable[[object], None]:
        """Counts a call as under way until what is returned is called; raises LimitExceeded when as many of the tenant are as
        may be."""
        tenant = tenant_of(caller)
        if self._running[tenant] >= self._at_once:
            raise LimitExceeded(
                "calls at once", f"{self._at_once} of your calls are under way: wait for their answers", self._between_refusals_s
            )  # fmt: skip
        self._running[tenant] += 1

        def leave(_: object) -> None:
            self._running[tenant] -= 1
            if not self._running[tenant]:
                del self._running[tenant]
                self._turns.pop(tenant, None)

        return leave

    def turn(self, caller: Caller) -> asyncio.Semaphore:
        """Held while a call that has entered works, by a stream at each step: some of a tenant's work, the others wait."""
        tenant = tenant_of(caller)
        if tenant not in self._turns:
            self._turns[tenant] = asyncio.Semaphore(self._working)
        return self._turns[tenant]

    async def slow_down(self, caller: Caller) -> bool:
        """Before a refusal: a tenant's refusals come one by one, so that who asks again as fast as they come does not keep the
        process from everybody else. False when so many of them wait that this one is answered at once."""
        tenant, now = tenant_of(caller), self._now()
        if self._waiting[tenant] >= self._most_waiting:
            return False
        at = self._refusals[tenant] = max(now, self._refusals.get(tenant, 0.0) + self._between_refusals_s)
        self._refusals.move_to_end(tenant)
        if len(self._refusals) > _MOST_BUCKETS:
            self._refusals.popitem(last=False)
        self._waiting[tenant] += 1
        try:
            await asyncio.sleep(min(at - now, _LONGEST_PAUSE_S))
        finally:
            self._waiting[tenant] -= 1
            if not self._waiting[tenant]:
                del self._waiting[tenant]
        return True


def tenant_of(caller: Caller) -> str:
    """Whose bucket it is: the tenant's; the platform's own people have one each."""
    return caller.subject if caller.tenant == PLATFORM else caller.tenant
