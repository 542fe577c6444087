"""The one way to run a transaction: deadline and tenant set inside, serialization failures repeated, faults translated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg

from chassis.db.pool import AWAY, LOST, REFUSED, Connection
from chassis.errors import Conflict, DeadlineExceeded, KamaiError, NotFound, Unavailable

T = TypeVar("T")

# What a repeat may cure: nothing of the transaction was kept.
_REPEATABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# The database is away or going: a later call may pass. What was under way may or may not have been committed.
_UNREACHABLE = (
    *AWAY, REFUSED, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.IdleInTransactionSessionTimeoutError,
)  # fmt: skip

_OUT_OF_REACH = "the database is out of reach: repeat with the same request_id"

# Whom a transaction acts for, as row-level security sees it (migrations/0002_tenancy.sql). Nobody sees no tenant's row.
NOBODY = ""
PLATFORM = "platform"

# Held around each transaction of what runs in this context: a stream lasts long and works now and then, so it waits for its turn
# at each step. Other calls hold theirs from beginning to end (chassis.rpc.limits).
turn_of_stream: ContextVar[AbstractAsyncContextManager[Any] | None] = ContextVar("kamai_turn_of_stream", default=None)
_AT_ONCE: AbstractAsyncContextManager[None] = nullcontext()

# What every transaction sets first: $1 the tenant, $2 the milliseconds a statement may take.
SETTINGS = "set_config('kamai.tenant', $1, true), set_config('statement_timeout', $2, true)"
_BEGIN = f"SELECT {SETTINGS}"
_ACT_FOR = "SELECT set_config('kamai.tenant', $1, true)"


def settings_arguments(tenant: str, timeout_s: float) -> tuple[str, str]:
    """$1 and $2 of SETTINGS."""
    return tenant, str(max(1, int(timeout_s * 1000)))


@asynccontextmanager
async def acting_for_platform(connection: Connection, tenant: str) -> AsyncIterator[None]:
    """Inside, the transaction of `tenant` sees and writes what its caller may not: the caller gets none of it, only its
    consequence for what was locked in the caller's own name before. After an error nothing is set back."""
    if tenant == PLATFORM:
        yield
        return
    await connection.execute(_ACT_FOR, PLATFORM)
    yield
    await connection.execute(_ACT_FOR, tenant)


def is_unreachable(error: BaseException) -> bool:
    """Whether the database or a race, not the work, is at fault: the same work may pass later."""
    return isinstance(error, (*_UNREACHABLE, Unavailable, Conflict)) and not isinstance(error, TimeoutError)


class Database:
    """Runs units of work. `constraint_errors` says what a violated constraint means to the caller, by constraint name."""

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        constraint_errors: Mapping[str, Callable[[], KamaiError]] | None = None,
        attempts: int = 4,
    ) -> None:
        self.pool = pool
        self._constraint_errors = constraint_errors or {}
        self._attempts = attempts

    async def run(
        self,
        work: Callable[[Connection], Awaitable[T]],
        *,
        tenant: str = NOBODY,
        timeout_s: float = 30.0,
        read_only: bool = False,
        begin: bool = True,
    ) -> T:
        """Runs `work` in one transaction of its own.

        `tenant` is whom it acts for, set for this transaction only: NOBODY, PLATFORM or what Caller.tenant says. `timeout_s`
        bounds every statement. A serialization failure or deadlock is repeated with a new transaction, so `work` must be free of
        effects outside of it.
        With `begin` False the first statement of `work` has SETTINGS among its columns, which saves a round trip.
        Raises Conflict when repeats do not help, DeadlineExceeded, Unavailable, or what the constraint's name stands for.
        """
        async with turn_of_stream.get() or _AT_ONCE:
            return await self._repeated(work, tenant, timeout_s, read_only=read_only, begin=begin)

    async def _repeated(
        self, work: Callable[[Connection], Awaitable[T]], tenant: str, timeout_s: float, *, read_only: bool, begin: bool
    ) -> T:
        for attempt in range(1, self._attempts + 1):
            try:
                async with self.transaction(tenant=tenant, timeout_s=timeout_s, read_only=read_only, begin=begin) as connection:
                    return await work(connection)
            except _REPEATABLE as error:
                if attempt == self._attempts:
                    raise Conflict("a concurrent change won: repeat with the same request_id") from error
                await asyncio.sleep(random.uniform(0.5, 1.5) * 0.005 * 2**attempt)  # noqa: S311  # jitter, not a secret
            except asyncpg.PostgresError as error:
                raise self._meaning(error) from error
            except LOST as error:
                if isinstance(error, TimeoutError):
                    raise
                raise Unavailable(_OUT_OF_REACH) from error
        raise AssertionError("unreachable")

    def _meaning(self, error: asyncpg.PostgresError) -> Exception:
        """What the caller is told; an error that means nothing to it stays as it is."""
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            meaning = self._constraint_errors.get(getattr(error, "constraint_name", None) or "")
            return meaning() if meaning else error
        if isinstance(error, asyncpg.InsufficientPrivilegeError) and "row-level security" in str(error):
            return NotFound("resource", "")  # of another tenant: it does not exist for this one
        if isinstance(error, asyncpg.LockNotAvailableError):
            return Conflict("somebody else holds this for too long: repeat with the same request_id")
        if isinstance(error, (asyncpg.QueryCanceledError, asyncpg.TransactionTimeoutError)):
            return DeadlineExceeded("the time for this call is up: repeat with the same request_id")
        return Unavailable(_OUT_OF_REACH) if isinstance(error, _UNREACHABLE) else error

    async def answers(self) -> bool:
        """Whether the database does the least thing now: then it was not at fault a moment ago, or no longer is."""
        try:
            async with asyncio.timeout(5):
                return await self.pool.fetchval("SELECT true") is True
        except Exception:
            return False

    @asynccontextmanager
    async def transaction(
        self, *, tenant: str = NOBODY, timeout_s: float = 30.0, read_only: bool = False, begin: bool = True
    ) -> AsyncIterator[Connection]:
        """A plain transaction, without repeats or translation: for the consumer, which has its own rules."""
        async with self.pool.acquire() as connection, connection.transaction(readonly=read_only):
            if begin:
                await connection.execute(_BEGIN, *settings_arguments(tenant, timeout_s))
            yield connection
