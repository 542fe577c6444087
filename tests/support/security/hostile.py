"""Hostile text in one text of a request at a time, sent by a caller that may send it; and what must hold for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from kamai_client.errors import KamaiClientError

from support.security import payloads
from support.security.calling import Answer
from support.security.fresh import Carried, carry
from support.security.methods import Method
from support.security.payloads import LINE_ADDED, LINES, LONGEST_UNBOUNDED, NOT_TEXT, PAYLOADS, TOO_LONG
from support.security.requests import Requests
from support.security.text_fields import TextField, fields, put, value

# The caller's business, not ours: anything else is a fault or hides one (a limit, a token that does not count).
_PROPER = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED", "PERMISSION_DENIED"}
KINDS = (*PAYLOADS, TOO_LONG, LINE_ADDED)
# Fields of a form (ids, dates, codes) refuse text for its form: each gets some classes, another field of the form the others.
_SHARE = 4


@dataclass(frozen=True)
class Target:
    """A text of a method's request, and the class of payloads it gets."""

    method: Method
    where: TextField
    kind: str

    def __str__(self) -> str:
        return f"{self.method.title} {self.where.path}: {self.kind}"

    @property
    def may_be_taken(self) -> bool:
        return not (self.where.is_shaped or self.kind == TOO_LONG or self._is_no_text)

    @property
    def _is_no_text(self) -> bool:
        return not self.where.is_bytes and (self.kind in NOT_TEXT or (self.kind in LINES and not self.where.has_lines))

    @property
    def must_be_told(self) -> str:
        """The code it must be refused with, "any" where that is open, "" where it may be taken."""
        rules = self.where.rules
        if self.where.is_bytes:
            return ""
        if self._is_no_text:
            return "CHARACTER_NOT_ALLOWED"
        if self.kind == "card" and self.where.is_free and not self.where.is_shaped:
            return "CARD_NUMBER"
        return "any" if self.kind == TOO_LONG and (self.where.is_shaped or rules.max_len) else ""


def targets(method: Method, start: int) -> Iterator[Target]:
    """Every text of its requests; `start` says with which class of payloads fields of a form begin."""
    for number, where in enumerate(fields(method.descriptor.input_type), start):
        for place, kind in enumerate(KINDS):
            shaped = where.is_shaped or where.field.name == "page_token"
            if not shaped or (place - number) % _SHARE == 0:
                yield Target(method, where, kind)


@dataclass(frozen=True)
class Attempt:
    """One call. `first` comes before it in a stream."""

    target: Target
    mark: str
    text: str
    request: Any
    token: str
    first: Message | None = None

    def wrong(self, answer: Answer) -> str:
        """What is wrong with the answer; "" when nothing is."""
        error, target = answer.error, self.target
        if answer.code not in _PROPER:
            return "is no answer to a caller's mistake"
        if error and payloads.echoed(_said(error), self.mark):
            return "repeats the text"
        told = {each.code for each in error.violations if target.where.named_by(each.field)} if error else set()
        if error and error.reason == "INVALID_FIELDS" and not told and not target.where.is_bytes:
            return "does not name the field"
        wanted = target.must_be_told
        return f"must be refused with {wanted}" if wanted and not told & {wanted} and (wanted != "any" or not told) else ""


def _said(error: KamaiClientError) -> str:
    return f"{error} {error.metadata} {error.violations} {error.preconditions}"


def attempt(requests: Requests, target: Target, carried: Carried) -> Attempt:
    """The call; `carried` are ids of rows made for it."""
    method, where, mark = target.method, target.where, payloads.mark()
    request, token = requests.valid(method, of_owner=bool(carried))
    carry(request, carried)
    text = _text(target, mark, value(request, where))
    put(request, where, text, requests.filler)
    first = requests.valid(method)[0] if method.descriptor.client_streaming else None
    return Attempt(target, mark, text, request, token, first if first and not _begins(first, where) else None)


def _begins(first: Message, where: TextField) -> bool:
    """Whether the text stands in the first message of a stream."""
    return first.HasField(where.steps[0].name)


def _text(target: Target, mark: str, sound: str) -> str:
    if target.kind == TOO_LONG:
        longest = (target.where.rules.max_len or LONGEST_UNBOUNDED - 1) + 1
        return (mark + "x" * longest)[:longest]
    if target.kind == LINE_ADDED:
        return f"{sound or mark}\n"
    return PAYLOADS[target.kind](mark)
