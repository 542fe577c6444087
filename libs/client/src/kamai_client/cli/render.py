"""Protobuf messages as tables for people and as JSON with stable keys for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

from kamai_client import hints, money
from kamai_client.cli import tables

_GOOD = {"APPROVED", "ACTIVE", "CREDITED", "PAID", "VERIFIED", "CLOSED", "ACCEPTED", "PROCESSED", "NO_HIT", "FUNDED"}
_BAD = {"REJECTED", "RETURNED", "HELD", "UNKNOWN", "SHORT_PAID", "CONFIRMED", "SUSPENDED", "DECLINED", "RESTRICTED", "UNREADABLE"}
_DIGEST = 32  # bytes of SHA-256: what is longer is no text for people
_HINTS = {"kamai.type.v1.Blocker.message", "kamai.type.v1.Blocker.remedy"}  # what a service says for people
_STYLES = dict.fromkeys(_GOOD, "green") | dict.fromkeys(_BAD, "bold red")


def as_dict(message: Message) -> dict[str, Any]:
    """Proto JSON with the field names of the protos; every plain field is there, set or not."""
    found: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return found


def print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def enum_name(enum: EnumDescriptor, number: int) -> str:
    """CASE_STATE_DRAFT is DRAFT: the prefix all values of the enum share goes; "" for UNSPECIFIED."""
    found = enum.values_by_number.get(number)
    if found is None:
        return str(number)
    name = str(found.name).removeprefix(enum_prefix(enum))
    return "" if name == "UNSPECIFIED" else name


def enum_prefix(enum: EnumDescriptor) -> str:
    return str(enum.values_by_number[0].name).removesuffix("UNSPECIFIED")


def _single(field: FieldDescriptor, value: Any) -> str:
    if field.enum_type is not None:
        return enum_name(field.enum_type, value)
    if isinstance(value, bytes):
        return value.hex() if len(value) <= _DIGEST else f"{len(value)} bytes"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, Message):
        return hints.in_commands(str(value)) if field.full_name in _HINTS else str(value)
    anything: Any = value
    if value.DESCRIPTOR.full_name == "kamai.type.v1.Money":
        return money.show(anything)
    if value.DESCRIPTOR.full_name == "google.protobuf.Timestamp":
        return str(anything.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S"))
    parts = value.ListFields()
    if len(parts) == 1:
        return _text(parts[0][0], parts[0][1]).replace("\n", " and ")
    return ", ".join(f"{each.name}={_text(each, part)}" for each, part in parts)


def _text(field: Any, value: Any) -> str:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return ", ".join(f"{key}={value[key]}" for key in sorted(value))
    if field.is_repeated:
        return "\n".join(_single(field, each) for each in value)
    return _single(field, value)


def cell(message: Message, path: str) -> str:
    """Text of a dotted path such as ``profile.legal_name``; "" where something on the way is unset; a|b is b for an empty a."""
    if "|" in path:
        return next(filter(None, (cell(message, each) for each in path.split("|"))), "")
    first, _, rest = path.partition(".")
    if rest:
        on_way = message.DESCRIPTOR.fields_by_name[first]
        if on_way.is_repeated:
            return "\n".join(cell(each, rest) for each in getattr(message, first))
        return cell(getattr(message, first), rest) if message.HasField(first) else ""
    last = first
    field = message.DESCRIPTOR.fields_by_name[last]
    if field.message_type is not None and not field.is_repeated and not message.HasField(last):
        return ""
    return _text(field, getattr(message, last))


def styled(text: str) -> str:
    return tables.styled(text, _STYLES)


def print_table(console: Console, items: Iterable[Message], columns: str, title: str = "") -> None:
    """One row or block an item; `columns` are paths with blanks between them, headed by their last names."""
    paths = columns.split()
    print_cells(console, paths, [[cell(item, path) for path in paths] for item in items], title)


def print_cells(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    heading = [path.rpartition(".")[2].replace("_", " ") for path in columns]
    tables.print_rows(console, heading, rows, _STYLES, title)


def record(console: Console, message: Message) -> None:
    """A line a field; lists of messages as tables behind them."""
    lines = Table.grid(padding=(0, 2))
    lists: list[tuple[str, Sequence[Message]]] = []
    _lines(message, "", lines, lists)
    console.print(lines)
    for name, items in lists:
        columns = [f.name for f in items[0].DESCRIPTOR.fields if any(cell(item, f.name) for item in items)]
        print_table(console, items, " ".join(columns), name.replace("_", " "))


def _lines(message: Message, prefix: str, lines: Table, lists: list[tuple[str, Sequence[Message]]]) -> None:
    for field, value in message.ListFields():
        name = prefix + field.name
        plain = field.message_type is None or field.message_type.full_name in _PLAIN or field.message_type.GetOptions().map_entry
        if plain:
            lines.add_row(f"[dim]{name.replace('_', ' ')}[/]", styled(_text(field, value)))
        elif field.is_repeated:
            lists.append((name, value))
        else:
            _lines(value, f"{name}.", lines, lists)


_PLAIN = {"kamai.type.v1.Money", "google.protobuf.Timestamp"}
