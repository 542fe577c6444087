"""Valid requests of any method, made from its descriptor and the rules in the protos, with real ids in them."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor, OneofDescriptor
from google.protobuf.message import Message
from kamai.type.v1 import vocabulary_pb2
from kamai_client.approvals import Approval, approval_of

from support.security.methods import Method
from support.security.samples import Sample, Samples

CANARY = "canary-7f3a90"  # in every free text: a log that has it echoes requests
EMAIL = "marlene.vogt@example.org"  # of the contractor that the walk has registered
DIGEST = "0123456789abcdef" * 4
_ID = re.compile(r"\^(\()?([a-z]+)_\[0-7\]")
_DAY = "2026-03-02"  # a Monday
_WORDS = {
    vocabulary_pb2.VOCABULARY_COUNTRY: "DE", vocabulary_pb2.VOCABULARY_CURRENCY: "USD",
    vocabulary_pb2.VOCABULARY_TIME_ZONE: "Europe/Berlin",
}  # fmt: skip
_SHAPED = (DIGEST, _DAY, "walk", "WALK0001", "+4930123456", "DEUTDEFF", "NATIONAL_ID", "DE", "USD", "1")
_START_S = 1_772_442_000  # of a session, on that day
# What no rule tells: which of the ids of a kind, and texts that name something of ours.
_KINDS = {
    ("MilestoneService", "work"): ("work:MILESTONE",), ("TimesheetService", "work"): ("work:TIMESHEET",),
    ("SessionService", "work"): ("work:SESSION",), ("SessionService", "contract"): ("contract:SESSION",),
    ("WorkItemService", "work"): ("work:MILESTONE", "work:TIMESHEET", "work:SESSION"),
    ("ContractorService", "contractor"): ("contractor:registered", "contractor"),
    ("PayoutMethodService", "contractor"): ("contractor:registered", "contractor"),
    ("PayoutMethodService", "method"): ("method:registered", "method"),
    ("PersonalDataService", "contractor"): ("contractor:registered", "contractor"),
    ("GetErasureProof", "contractor"): ("contractor:erased",),
}  # fmt: skip
_CHOICES = {"FindContractors": 2}
_TEXTS = {"kamai.onboarding.v1.FindContractorsRequest.email": EMAIL}
_KIND_BY_FIELD = {
    "kamai.payouts.v1.ListPostingsRequest.account": "ledger",
    "kamai.ops.v1.GetFailedEventRequest.id": "event",
    "kamai.ops.v1.ReplayFailedEventRequest.id": "event",
    "kamai.ops.v1.DiscardFailedEventRequest.id": "event",
}
_KIND_OF_FILTERS = {"kamai.payouts.v1.ListAttemptsRequest.end_to_end_id": "end_to_end"}
_BANK_FILTERS = {"kamai.banking.v1.ListFreelancerAccountsRequest.bank"}
_BANKS = {"kamai.banking.v1.ApplyForAccountRequest.bank"}
_CHANGED = {"kamai.onboarding.v1.UpdateContractorRequest.profile"}  # its rules hold for what the mask names
_SIDES = {"party", "cancelled_by"}
MAPS = {"fields": {"iban": "DE89370400440532013000"}}
_MASK = "legal_name"


@dataclass
class Filled:
    """A request and the samples whose ids are in it."""

    request: Any
    used: list[Sample] = field(default_factory=list)

    @property
    def approval(self) -> Approval | None:
        """What the call needs a second factor for."""
        return approval_of(self.request)

    def owner(self, attribute: str) -> str:
        """Whose the ids are: `attribute` of the first sample that has it; "" when none has."""
        return next((value for each in self.used if (value := str(getattr(each, attribute)))), "")


class Filler:
    """`full` fills filters that may be empty as well; `choice` picks a member of the request's oneof."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def filled(self, method: Method, binding: str = "", *, full: bool = False, choice: int = 0, kind: int = 0) -> Filled:
        filled, choice = Filled(method.request()), choice or _CHOICES.get(method.name, 0)
        _Filling(_kinds(method, kind), self._samples, filled.used, full, choice).message(filled.request)
        if binding == "contractor":
            _for_contractor(filled.request)
        return filled

    def fill(self, message: Any) -> None:
        """A message that is a part of a request."""
        _Filling(lambda kind: kind, self._samples, [], False, 0).inner(message, 0)

    def variants(self, method: Method, binding: str) -> list[Filled]:
        """Every different way to name somebody's row, for callers bound to a tenant of this kind."""
        service = method.descriptor.containing_service.name
        kinds = max((len(kinds) for (name, _), kinds in _KINDS.items() if name == service), default=1)
        oneofs = [each for each in method.descriptor.input_type.oneofs if not each.name.startswith("_")]
        choices = max((len(each.fields) for each in oneofs), default=1) if method.reads else 1
        found: dict[tuple[str, ...], Filled] = {}
        for full, choice, kind in itertools.product((False, True), range(choices), range(kinds)):
            filled = self.filled(method, binding, full=full, choice=choice, kind=kind)
            found.setdefault(tuple(sample.id for sample in filled.used), filled)
        return list(found.values())


def _kinds(method: Method, number: int) -> Callable[[str], str]:
    """Which sample stands for an id of a prefix."""

    def kind(prefix: str) -> str:
        if prefix == "event":
            return f"event:{method.server}"
        service = method.descriptor.containing_service.name
        kinds = _KINDS.get((method.name, prefix)) or _KINDS.get((service, prefix), (prefix,))
        return kinds[number % len(kinds)]

    return kind


def _for_contractor(request: Any) -> None:
    """Who acts for a contractor names the contractor's side."""
    for each in request.DESCRIPTOR.fields:
        if each.name in _SIDES:
            setattr(request, each.name, next(value.number for value in each.enum_type.values if "CONTRACTOR" in value.name))


class _Filling:
    """One request."""

    def __init__(self, kind_of: Callable[[str], str], samples: Samples, used: list[Sample], full: bool, choice: int) -> None:
        self._kind_of, self._samples, self._used, self._full, self._choice = kind_of, samples, used, full, choice

    def message(self, message: Any, depth: int = 0) -> None:
        for each in message.DESCRIPTOR.fields:
            rules = each.GetOptions().Extensions[validate_pb2.field]
            oneof = each.containing_oneof
            chosen = _is_chosen(each, oneof, 0 if depth else self._choice)
            if oneof is not None and not chosen:
                continue
            if each.message_type is not None and each.message_type.GetOptions().map_entry:
                if rules.map.min_pairs:
                    getattr(message, each.name).update(MAPS[each.name])
            elif each.is_repeated:
                self._repeated(message, each, rules, depth)
            elif each.message_type is not None:
                if rules.required or chosen or each.full_name in _CHANGED:
                    self.inner(getattr(message, each.name), depth)
            else:
                setattr(message, each.name, self._scalar(each, rules))

    def inner(self, message: Any, depth: int) -> None:
        name = message.DESCRIPTOR.full_name
        if name == "google.protobuf.Timestamp":
            message.seconds = _START_S
        elif name == "google.protobuf.FieldMask":
            message.paths.append(_MASK)
        else:
            self.message(message, depth + 1)
            if name == "kamai.type.v1.Money":
                message.amount_minor = 1000

    def _repeated(self, message: Any, each: FieldDescriptor, rules: Any, depth: int) -> None:
        items = getattr(message, each.name)
        if each.message_type is not None:
            if rules.repeated.min_items:
                self.inner(items.add(), depth)
        elif rules.repeated.min_items or (self._full and _ID.match(rules.repeated.items.string.pattern)):
            items.append(self._scalar(each, rules.repeated.items))

    def _scalar(self, each: FieldDescriptor, rules: Any) -> Any:
        kind = _KIND_BY_FIELD.get(each.full_name) or (_KIND_OF_FILTERS.get(each.full_name) if self._full else None)
        if kind:
            text = self._id(kind)
            return text if each.type == FieldDescriptor.TYPE_STRING else int(text)
        if each.full_name in _BANK_FILTERS:
            return self._samples.owner.bank if self._full else ""
        if each.full_name in _BANKS:
            return self._samples.owner.bank
        if each.full_name in _TEXTS:
            return _TEXTS[each.full_name]
        if each.enum_type is not None:
            return each.enum_type.values[1 if 0 in rules.enum.not_in else 0].number
        if each.type == FieldDescriptor.TYPE_STRING:
            return self._text(each, rules)
        if each.type == FieldDescriptor.TYPE_BYTES:
            return CANARY.encode() if rules.bytes.min_len else b""
        if each.type == FieldDescriptor.TYPE_BOOL:
            return False
        number = rules.int32 if each.type == FieldDescriptor.TYPE_INT32 else rules.int64
        return number.gt + 1 if number.HasField("gt") else number.gte

    def _text(self, each: FieldDescriptor, rules: Any) -> str:
        rule = rules.string
        if rule.uuid:
            return str(uuid.uuid4())
        if match := _ID.match(rule.pattern):
            optional = match[1] or rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE
            return self._id(match[2]) if self._full or not optional else ""
        needed = rule.pattern and not re.search(rule.pattern, "")
        if needed and (word := _WORDS.get(each.GetOptions().Extensions[vocabulary_pb2.vocabulary])):
            return word
        if rule.email:
            return f"{CANARY}@example.org"
        if rule.pattern:
            return next(text for text in ("", *_SHAPED) if re.search(rule.pattern, text))
        return (CANARY * 2)[: rule.max_len or None] if rule.min_len else ""

    def _id(self, prefix: str) -> str:
        sample = self._samples.by_kind[self._kind_of(prefix)]
        self._used.append(sample)
        return sample.id


def _is_chosen(each: FieldDescriptor, oneof: OneofDescriptor | None, choice: int) -> bool:
    return oneof is not None and oneof.fields[choice % len(oneof.fields)].name == each.name


def prefix_of(each: Any) -> str:
    """Of the ids a field takes, "" where it takes none."""
    match = _ID.match(each.GetOptions().Extensions[validate_pb2.field].string.pattern)
    return match[2] if match else ""


def rows(reply: Message) -> int:
    """How many rows a reply has: the items of its lists."""
    return sum(len(value) for each, value in reply.ListFields() if each.is_repeated)
