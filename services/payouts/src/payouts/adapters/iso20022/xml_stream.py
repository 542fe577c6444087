"""Reads a bank's XML piece by piece: no DTD, no entities, no network, bounded in bytes and in memory."""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import BinaryIO, Final, Literal

from lxml import etree

from payouts.domain.bank_messages import UnreadableBankMessage

_PREFIX: Final = "urn:iso:std:iso:20022:tech:xsd:"
_CHUNK: Final = 1 << 16
MAX_MESSAGE_ID: Final = 35


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """`max_bytes` of one file; `max_part_bytes` of its head, or of one entry, item or detail."""

    max_bytes: int = 256 * 1024 * 1024
    max_part_bytes: int = 8 * 1024 * 1024


DEFAULT_LIMITS: Final = ReadLimits()
Event = tuple[str, str, etree._Element]
"""("start" or "end", the element's name without namespace, the element)."""


@lru_cache(maxsize=1024)
def _qualified(namespace: str, path: str) -> str:
    return "/".join(f"{{{namespace}}}{step}" for step in path.split("/"))


def drop(element: etree._Element, *, and_before: bool = True) -> None:
    """Empties an element while the file is still being read, and removes its earlier siblings."""
    element.clear(keep_tail=False)  # type: ignore[call-arg]  # lxml-stubs lack the argument
    parent = element.getparent()
    while and_before and parent is not None and element.getprevious() is not None:
        del parent[0]


class MessageStream:
    """One ISO 20022 document as the start and end events of the elements that matter to its reader.

    `readable` gives those elements' names by message; `message` is what was found ("camt.053.001.08").
    Raises UnreadableBankMessage for anything that is not well-formed, too large, carries a document
    type, or is not one of the `readable` messages.
    """

    def __init__(self, source: bytes | BinaryIO, readable: Mapping[str, Collection[str]], limits: ReadLimits) -> None:
        self._source = io.BytesIO(source) if isinstance(source, bytes) else source
        self._readable = readable
        self._limits = limits
        self._held_bytes = 0
        self.message = ""
        self._namespace = ""
        self._indexed: etree._Element | None = None
        self._leaves: dict[str, str] = {}
        self._chunks = self._read_chunks()
        self._first_chunks = self._find_root()

    def __iter__(self) -> Iterator[Event]:
        names = self._readable[self.message]
        parser = _parser(("start", "end"), [f"{{{self._namespace}}}{name}" for name in names])
        prefix_length = len(self._namespace) + 2
        try:
            for chunk in chain(self._first_chunks, self._chunks):
                parser.feed(chunk)
                yield from self._drain(parser, prefix_length)
                self._bound_part(len(chunk))
            parser.close()
            yield from self._drain(parser, prefix_length)
        except etree.XMLSyntaxError as error:
            raise self._malformed(error) from None

    def text(self, element: etree._Element, path: str) -> str | None:
        """The first text at `path` below `element`; None when there is none, or it is blank."""
        if element is not self._indexed:
            self._indexed, self._leaves = element, {}
            self._index(element, "")
        return self._leaves.get(path)

    def _index(self, element: etree._Element, above: str) -> None:
        # One walk for all the paths a reader asks an element for: many times faster than finding each.
        prefix = f"{{{self._namespace}}}"
        for child in element:
            tag = str(child.tag)
            if not tag.startswith(prefix):
                continue
            path = above + tag[len(prefix) :]
            if len(child):
                self._index(child, path + "/")
            elif text := (child.text or "").strip():
                self._leaves.setdefault(path, text)

    def texts(self, element: etree._Element, path: str) -> list[str]:
        found = (self.own_text(each) for each in element.iterfind(_qualified(self._namespace, path)))
        return [text for text in found if text]

    def first(self, element: etree._Element, *paths: str) -> str | None:
        """The text at the first of `paths` that has any."""
        return next((text for path in paths if (text := self.text(element, path))), None)

    def all(self, element: etree._Element, path: str) -> list[etree._Element]:
        return element.findall(_qualified(self._namespace, path))

    def find(self, element: etree._Element, path: str) -> etree._Element | None:
        return element.find(_qualified(self._namespace, path))

    def require(self, element: etree._Element, path: str) -> str:
        value = self.text(element, path)
        if value is None:
            raise self.unreadable(f"{etree.QName(element).localname}/{path} is missing")
        return value

    def message_id(self, body: etree._Element) -> str:
        """`GrpHdr/MsgId`, which is Max35Text."""
        value = self.require(body, "GrpHdr/MsgId")
        if len(value) > MAX_MESSAGE_ID:
            raise self.unreadable(f"GrpHdr/MsgId has {len(value)} characters, at most {MAX_MESSAGE_ID} are allowed")
        return value

    def unreadable(self, problem: str) -> UnreadableBankMessage:
        return UnreadableBankMessage(f"{self.message}: {problem}" if self.message else problem)

    def parent(self, element: etree._Element) -> etree._Element:
        parent = element.getparent()
        if parent is None:
            raise self.unreadable(f"{etree.QName(element).localname} stands at the root")
        return parent

    def release(self, element: etree._Element, *, and_before: bool = True) -> None:
        """Forgets an element that has been dealt with, and unless told otherwise all before it."""
        drop(element, and_before=and_before)
        self._held_bytes = 0
        self._indexed = None

    @staticmethod
    def own_text(element: etree._Element) -> str | None:
        whole = "".join(map(str, element.itertext())) if len(element) else element.text
        return (whole or "").strip() or None

    def _find_root(self) -> list[bytes]:
        """Reads until the root element is known, with a parser of its own that is then thrown away."""
        probe = _parser(("start",))
        chunks: list[bytes] = []
        try:
            for chunk in self._chunks:
                chunks.append(chunk)
                probe.feed(chunk)
                for _, root in probe.read_events():
                    self._identify(root)
                    return chunks
                self._bound_part(len(chunk))
            probe.close()
        except etree.XMLSyntaxError as error:
            raise self._malformed(error) from None
        raise self.unreadable("the file holds no element")

    def _identify(self, root: object) -> None:
        assert isinstance(root, etree._Element)
        if root.getroottree().docinfo.internalDTD is not None:
            raise UnreadableBankMessage("the file carries a document type (DTD), which is never read")
        name = etree.QName(root)
        namespace = name.namespace or ""
        message = namespace.removeprefix(_PREFIX)
        if name.localname != "Document" or message not in self._readable or message == namespace:
            raise UnreadableBankMessage(
                f"found element {name.localname[:40]!r} of namespace {namespace[:100]!r}; "
                f"read are Document of {_PREFIX} with {', '.join(sorted(self._readable))}"
            )
        self.message, self._namespace = message, namespace

    def _read_chunks(self) -> Iterator[bytes]:
        size_bytes = 0
        while chunk := self._source.read(_CHUNK):
            size_bytes += len(chunk)
            if size_bytes > self._limits.max_bytes:
                raise self.unreadable(f"the file is larger than the limit of {self._limits.max_bytes} bytes")
            # A document type may be refused before the parser sees it; in UTF-16 every other byte is 0.
            if not self.message and b"<!DOCTYPE" in chunk.replace(b"\0", b""):
                raise self.unreadable("the file carries a document type (DTD), which is never read")
            yield chunk

    def _bound_part(self, size_bytes: int) -> None:
        self._held_bytes += size_bytes
        if self._held_bytes > self._limits.max_part_bytes:
            raise self.unreadable(f"one part of it has more than {self._limits.max_part_bytes} bytes")

    def _drain(self, parser: etree.XMLPullParser, prefix_length: int) -> Iterator[Event]:
        for kind, element in parser.read_events():
            assert isinstance(element, etree._Element)
            yield kind, str(element.tag)[prefix_length:], element

    def _malformed(self, error: etree.XMLSyntaxError) -> UnreadableBankMessage:
        return self.unreadable(f"not well-formed XML, or cut off: {str(error.msg)[:200]}")


def _parser(kinds: Sequence[Literal["start", "end"]], tags: list[str] | None = None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=tuple(kinds),
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
