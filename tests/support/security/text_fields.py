"""Every text of a request, at any depth: where it is, what its rules are, and how to put another one there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from kamai.type.v1 import vocabulary_pb2

from support.security.filling import MAPS, Filler

_TEXTS = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
_LINES_FROM = 500  # characters a text for people may have: docs/security.md
_KEY, _VALUE = "key", "value"


@dataclass(frozen=True)
class TextField:
    """`steps` lead to it from the request; of a map the last one is "key" or "value"."""

    steps: tuple[FieldDescriptor, ...]
    in_map: str = ""

    @property
    def field(self) -> FieldDescriptor:
        return self.steps[-1]

    @property
    def path(self) -> str:
        """As errors name it."""
        return ".".join(_named(step) for step in self.steps)

    def named_by(self, path: str) -> bool:
        """Whether an error with this path is about it; of a map it may name the key, if that is one of ours."""
        return path == self.path or (self.in_map == _VALUE and path.startswith(self.path.removesuffix("[key]") + "."))

    @property
    def is_bytes(self) -> bool:
        return not self.in_map and self.field.type == FieldDescriptor.TYPE_BYTES

    @property
    def rules(self) -> Any:
        """Of one text: buf.validate.StringRules or BytesRules."""
        options: Any = self.field.GetOptions()
        rules = options.Extensions[validate_pb2.field]
        if self.in_map:
            return (rules.map.keys if self.in_map == _KEY else rules.map.values).string
        one = rules.repeated.items if self.field.is_repeated else rules
        return one.bytes if self.is_bytes else one.string

    @property
    def is_shaped(self) -> bool:
        """Whether texts of one form only are taken."""
        rules, codes = self.rules, self.field.GetOptions().Extensions[vocabulary_pb2.vocabulary]
        return bool(rules.pattern) or (not self.is_bytes and (rules.uuid or rules.email)) or (bool(codes) and not self.is_free)

    @property
    def has_lines(self) -> bool:
        return self.is_bytes or (self.is_free and self.rules.max_len >= _LINES_FROM)

    @property
    def is_free(self) -> bool:
        """Text for people."""
        return self.field.GetOptions().Extensions[vocabulary_pb2.vocabulary] == vocabulary_pb2.VOCABULARY_FREE_TEXT


def _named(step: FieldDescriptor) -> str:
    if step.message_type is not None and step.message_type.GetOptions().map_entry:
        return f"{step.name}[key]"
    return f"{step.name}[0]" if step.is_repeated else step.name


def fields(message: Descriptor, before: tuple[FieldDescriptor, ...] = ()) -> Iterator[TextField]:
    """All of them, also those of members of a oneof that exclude each other."""
    for each in message.fields:
        steps = (*before, each)
        if each.message_type is None:
            if each.type in _TEXTS:
                yield TextField(steps)
        elif each.message_type.GetOptions().map_entry:
            yield TextField(steps, _KEY)
            yield TextField(steps, _VALUE)
        else:
            yield from fields(each.message_type, steps)


def put(request: Any, where: TextField, text: str, filler: Filler) -> None:
    """Messages on the way that are not there are filled as valid ones."""
    message = request
    for step in where.steps[:-1]:
        message = _entered(message, step, filler)
    name = where.field.name
    if where.in_map:
        _into_map(getattr(message, name), where, text)
    elif where.field.is_repeated:
        getattr(message, name)[:] = [text]
    else:
        setattr(message, name, text.encode() if where.is_bytes else text)
    _unmasked(request, where)


def value(message: Any, where: TextField) -> str:
    """What is there, "" where nothing is."""
    for step in where.steps[:-1]:
        inner = getattr(message, step.name)
        if step.is_repeated and not inner:
            return ""
        message = inner[0] if step.is_repeated else inner
    found = getattr(message, where.field.name)
    if where.in_map or where.is_bytes:
        return ""
    if where.field.is_repeated:
        return str(found[0]) if found else ""
    return str(found)


def _entered(message: Any, step: FieldDescriptor, filler: Filler) -> Any:
    inner = getattr(message, step.name)
    if step.is_repeated:
        if not inner:
            filler.fill(inner.add())
        return inner[0]
    if not message.HasField(step.name):
        filler.fill(inner)
        inner.SetInParent()
    return inner


def _into_map(pairs: Any, where: TextField, text: str) -> None:
    pairs.update(MAPS[where.field.name])
    known = next(iter(pairs))
    pairs[text if where.in_map == _KEY else known] = pairs[known] if where.in_map == _KEY else text


def _unmasked(request: Any, where: TextField) -> None:
    """Of a partial update: the mask names what is changed, else nobody looks at it."""
    if "update_mask" in request.DESCRIPTOR.fields_by_name and len(where.steps) > 1 and where.steps[0].name != "update_mask":
        request.update_mask.paths[:] = [where.steps[1].name]
