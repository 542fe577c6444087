"""Holds a written payment file against the official schema (pain.001.001.09, shipped by sepaxml)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import BinaryIO, Final

from lxml import etree

from payouts.adapters.iso20022.xml_stream import drop
from payouts.domain.bank_messages import FileProblem

_DOCUMENT: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}Document"
_TRANSFER: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}CdtTrfTxInf"
_FIRST_TRANSFER_LINE: Final = 2
_ELEMENT: Final = re.compile(r"Element '(?:\{[^}]*\})?(\w+)'(?:, attribute '(\w+)')?: (.*)", re.DOTALL)
_VALUE: Final = re.compile(r"The value '.*?' (?=is not|has a length)", re.DOTALL)
_NAMESPACE: Final = re.compile(r"\{[^}]*\}")
_END_TO_END_ID: Final = re.compile(rb"<EndToEndId>([^<]*)</EndToEndId>")


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    text = files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


def schema_problems(source: BinaryIO) -> Iterator[FileProblem]:
    """Every violation, by transfer and element; `source` holds one transfer to a line, after two lines.

    The values themselves are not repeated: they may be somebody's account.
    """
    tags = [_TRANSFER, _DOCUMENT]
    parser = etree.XMLPullParser(events=("end",), tag=tags, schema=_schema(), resolve_entities=False)
    known = 0
    complete = False
    for number, line in enumerate(source):
        parser.feed(line)
        log = parser.feed_error_log
        for entry in list(log)[known:]:
            yield _problem(entry.message, number, line)
        known = len(log)
        for _, element in parser.read_events():
            assert isinstance(element, etree._Element)
            complete |= element.tag == _DOCUMENT
            drop(element)
    # The parser's own end is no proof: with a schema it may pass over a document that was cut off.
    if not complete and not known:
        yield FileProblem("Document", "the file ends before it does")


def _problem(message: str, line_number: int, line: bytes) -> FileProblem:
    found = _ELEMENT.match(message)
    field = ".".join(filter(None, found.groups()[:2])) if found else "file"
    text = _VALUE.sub("the value ", _NAMESPACE.sub("", found[3] if found else message))
    named = _END_TO_END_ID.search(line)
    if named is None:
        return FileProblem(field, text)
    return FileProblem(field, text, line_number - _FIRST_TRANSFER_LINE, named[1].decode())
