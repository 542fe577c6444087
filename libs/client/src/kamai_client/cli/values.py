"""Kinds of arguments: enum values by their short names, amounts, moments, files, and the options many commands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.type.v1.money_pb2 import Money

from kamai_client import money
from kamai_client.cli.render import enum_name, enum_prefix

M = TypeVar("M", bound=Message)
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="show at most so many")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="why; kept in the history")]
OptionalId = Annotated[str, typer.Option(help="id to filter by")]


FEW = 4
"""So many values of an enum are shown in place of a name for them."""
_WORDS = re.compile("[A-Z][a-z]*")


class EnumNames:
    """The values of a protobuf enum by their short names, such as in-review; called with one it gives its number."""

    def __init__(self, enum: Any) -> None:
        self._enum: EnumDescriptor = enum.DESCRIPTOR
        names = (enum_name(self._enum, value.number).lower().replace("_", "-") for value in self._enum.values)
        self.names = [name for name in names if name]
        self.__name__ = "|".join(self.names) if len(self.names) <= FEW else _WORDS.findall(self._enum.name)[-1].upper()

    def __call__(self, value: str | int) -> int:
        if isinstance(value, int):  # a default
            return value
        wanted = value.lower().replace("_", "-")
        if wanted not in self.names:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(self.names)}")
        return int(self._enum.values_by_name[enum_prefix(self._enum) + wanted.upper().replace("-", "_")].number)

    def complete(self, incomplete: str) -> list[str]:
        return [name for name in self.names if name.startswith(incomplete.lower())]


def enum_option(enum: Any, *names: str, about: str) -> Any:
    """An option that takes a value of `enum` by its short name."""
    values = EnumNames(enum)
    about = about if len(values.names) <= FEW else f"{about}: {', '.join(values.names)}"
    return typer.Option(
        *names, parser=values, metavar=values.__name__, autocompletion=values.complete, show_default=False, help=about
    )


def enum_argument(enum: Any, about: str) -> Any:
    """The same as an argument."""
    values = EnumNames(enum)
    return typer.Argument(parser=values, metavar=values.__name__, autocompletion=values.complete, help=about)


def amount(text: str, what: str) -> Money:
    """ "1250.50 USD"; `what`: the option or argument it was given as."""
    try:
        return money.parse_with_currency(text)
    except ValueError as error:
        raise typer.BadParameter(f"{what}: {error}") from None


def amount_in(text: str, currency: str, what: str) -> Money:
    """ "1250.50" of a currency given elsewhere."""
    try:
        return money.parse(text, currency)
    except ValueError as error:
        raise typer.BadParameter(f"{what}: {error}") from None


def moment(text: str, what: str) -> Timestamp:
    """ISO 8601 with a zone, or UTC without one; `what`: the option it was given as."""
    try:
        found = datetime.fromisoformat(text)
        stamp = Timestamp()
        stamp.FromDatetime(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{what}: {text!r} is not a moment: write it as 2026-12-01T14:30+05:00") from None
    return stamp


def hundredths(text: str, what: str) -> int:
    """Hours or days as hundredths: 7.5 is 750."""
    try:
        whole, _, part = text.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0")) if len(part) <= 2 else int("no")
    except ValueError:
        raise typer.BadParameter(f"{what}: {text!r} is not a number with at most two decimals") from None


def pairs(given: Sequence[str], what: str) -> dict[str, str]:
    """NAME=VALUE options."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{what} {each!r}: write it as NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def from_json(path: Path, message: M) -> M:
    """Fills a message from a proto JSON file; "-" is standard input."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text()
        return json_format.Parse(text, message)
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read: {error}") from None
    except json_format.ParseError as error:
        raise typer.BadParameter(f"{path}: {error}") from None
