"""Every call of the walk: who calls which method with what, and what must come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from support.security.callers import Identity, Signer
from support.security.calling import Answer
from support.security.filling import Filled, Filler
from support.security.methods import BINDINGS, Method, role_bindings
from support.security.samples import Samples

Expected = Callable[[Answer], str]
"""What is wrong with an answer; "" when nothing is."""

TENANTS = ("org", "contractor", "bank")
# Columns of the report.
NO_TOKEN, WRONG_ROLE, FOREIGN, STEP_UP, OWNER = "no token", "wrong role", "foreign tenant", "step-up", "owner"
# The rules of countries are the same for everybody: nothing in them belongs to a tenant.
OF_NOBODY = {"GetRequirements", "GetPayoutMethodRequirements"}
# A quote is a price for what the caller names; the demo's bank reports nothing that no payment explains.
WITHOUT_ROWS = {"QuoteSession", "ListReconciliationExceptions"}
# What a stranger called is written down for the stranger as well.
OWN_TRACES = {"ListAuditEntries", "StreamAuditEntries", "ListAuditRoots"}


@dataclass(frozen=True)
class Case:
    column: str
    what: str
    method: Method
    filled: Filled
    token: str
    expected: Expected


def refused(code: str, reason: str, **metadata: str) -> Expected:
    def wrong(answer: Answer) -> str:
        told = dict(answer.error.metadata) if answer.error else {}
        as_expected = (answer.code, answer.reason) == (code, reason) and metadata.items() <= told.items()
        return "" if as_expected else f"must be {code}/{reason} {metadata or ''}".rstrip()

    return wrong


def hidden(method: Method, secrets: frozenset[str] = frozenset()) -> Expected:
    """NOT_FOUND; a list may be empty as well, and one with rows of the caller's own must not have `secrets` in it."""

    def wrong(answer: Answer) -> str:
        if answer.reason == "NOT_FOUND":
            return ""
        if not method.lists:
            return "must be NOT_FOUND"
        if answer.code != "OK":
            return "must be NOT_FOUND or an empty list"
        if not secrets:
            return "must have no rows" if answer.rows or (answer.replies and method.descriptor.server_streaming) else ""
        found = sorted(each for each in secrets if any(each in str(reply) for reply in answer.replies))
        return f"must not show {found[0]}" if found else ""

    return wrong


def shown(method: Method) -> Expected:
    def wrong(answer: Answer) -> str:
        if answer.code != "OK":
            return "must be shown to its owner"
        return "must have rows" if method.name.startswith("List") and not answer.rows else "" if answer.replies else "must answer"

    return wrong


class Casebook:
    """The cases of each method."""

    def __init__(self, signer: Signer, samples: Samples) -> None:
        self._signer, self._samples, self._filler = signer, samples, Filler(samples)

    def refusals(self, method: Method) -> Iterator[Case]:
        yield from self._without_token(method)
        yield from self._wrong_roles(method)
        yield from self._without_step_up(method)
        yield from self._foreign(method)

    def owners(self, method: Method) -> Iterator[Case]:
        """The rightful callers of what only reads, with the same ids the others ask for."""
        if not method.reads or method.name in WITHOUT_ROWS:
            return
        for binding in BINDINGS:
            for role in method.right_roles(binding)[:1]:
                filled = self._filler.filled(method, binding)
                token = self._signer.good(self._rightful(filled), binding, role)
                yield Case(OWNER, f"{role} of {binding}", method, filled, token, shown(method))

    def foreign_kind(self, method: Method) -> str:
        """Why nobody can be a foreign tenant here: "no tenant" or "platform"; "" where somebody can."""
        if not any(method.right_roles(binding) for binding in TENANTS):
            return "platform"
        names_nobody = not method.reads and not self._filler.filled(method, full=True).used
        return "no tenant" if method.name in OF_NOBODY or names_nobody else ""

    def _rightful(self, filled: Filled) -> Identity:
        return self._samples.owner.instead(filled.owner("org"), filled.owner("contractor"), filled.owner("bank"))

    def _without_token(self, method: Method) -> Iterator[Case]:
        filled = self._filler.filled(method)
        binding = next(binding for binding in BINDINGS if method.right_roles(binding))
        forged = self._signer.forged(self._rightful(filled), binding, method.right_roles(binding)[0])
        for what, token in forged.items():
            yield Case(NO_TOKEN, what, method, filled, token, refused("UNAUTHENTICATED", "UNAUTHENTICATED"))

    def _wrong_roles(self, method: Method) -> Iterator[Case]:
        filled = self._filler.filled(method)
        denied = refused("PERMISSION_DENIED", "PERMISSION_DENIED", permission=method.permission)
        for binding in BINDINGS:
            for role in role_bindings():
                if not method.allows(role, binding):
                    token = self._signer.good(self._rightful(filled), binding, role)
                    yield Case(WRONG_ROLE, f"{role} in a token of {binding}", method, filled, token, denied)

    def _without_step_up(self, method: Method) -> Iterator[Case]:
        needed = refused("UNAUTHENTICATED", "STEP_UP_REQUIRED")
        wanted = self._filler.filled(method).approval
        if wanted is None:
            return
        for binding in BINDINGS:
            for role in method.right_roles(binding):
                filled = self._filler.filled(method)
                unproven = self._signer.unproven(self._rightful(filled), binding, role, wanted)
                for what, token in unproven.items():
                    yield Case(STEP_UP, f"{role}: {what}", method, filled, token, needed)

    def _foreign(self, method: Method) -> Iterator[Case]:
        if self.foreign_kind(method):
            return
        for binding in TENANTS:
            roles = method.right_roles(binding)
            for filled in self._filler.variants(method, binding) if roles else ():
                secrets = self._secrets() if method.name in OWN_TRACES else frozenset()
                for role in roles:
                    yield self._asked(method, filled, self._samples.stranger, binding, role, secrets, "stranger")
                if binding != "bank":  # the demo has one partner bank
                    yield self._asked(method, filled, self._samples.neighbour, binding, roles[0], self._secrets(), "neighbour")

    def _asked(
        self, method: Method, filled: Filled, who: Identity, binding: str, role: str, secrets: frozenset[str], name: str
    ) -> Case:
        token = self._signer.good(who, binding, role)
        if method.step_up:
            token = self._signer.proven(who, binding, role, filled.approval)
        ids = ", ".join(each.id for each in filled.used) or "everything"
        return Case(FOREIGN, f"{name}, {role} of {binding}, asks for {ids}", method, filled, token, hidden(method, secrets))

    def _secrets(self) -> frozenset[str]:
        """Ids that no other tenant may see, in rows of its own or elsewhere."""
        return frozenset(each.id for each in self._samples.by_kind.values() if not each.id.isdigit())
