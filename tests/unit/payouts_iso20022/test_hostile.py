"""Hostile, broken and oversized files are refused before they can do harm."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from payouts.adapters.iso20022 import ReadLimits, decode
from payouts.domain.bank_messages import UnreadableBankMessage
from unit.payouts_iso20022.samples import camt053, camt054, document, entry, pain002

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
LAUGHS = (
    '<!DOCTYPE Document [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghij", "abcdefghi", strict=True))
    + "]>"
)


def with_doctype(doctype: str, encoding: str = "UTF-8", padding: str = "") -> bytes:
    body = f'<Document xmlns="{NAMESPACE}"><BkToCstmrDbtCdtNtfctn>&j;</BkToCstmrDbtCdtNtfctn></Document>'
    return f'<?xml version="1.0" encoding="{encoding}"?>{padding}{doctype}{body}'.encode(encoding)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_billion_laughs_are_refused(encoding: str) -> None:
    """A document type is refused unread, in whatever encoding it hides."""
    with pytest.raises(UnreadableBankMessage, match="DTD"):
        decode(with_doctype(LAUGHS, encoding))


def test_a_doctype_behind_a_long_prolog_is_refused() -> None:
    """A comment longer than one read does not hide it either."""
    with pytest.raises(UnreadableBankMessage, match="DTD"):
        decode(with_doctype(LAUGHS, padding=f"<!--{'x' * 200_000}-->"))


def test_external_entities_are_never_fetched(tmp_path: Path) -> None:
    """Neither a local file nor the network is touched for an entity."""
    (tmp_path / "secret").write_text("top secret")
    for target in (f"file://{tmp_path}/secret", "http://127.0.0.1:9/x"):
        doctype = f'<!DOCTYPE Document [<!ENTITY j SYSTEM "{target}">]>'
        with pytest.raises(UnreadableBankMessage, match="DTD") as refused:
            decode(with_doctype(doctype))
        assert "top secret" not in str(refused.value)


@pytest.mark.parametrize("cut", [0, 1, 60, 300, -1])
def test_a_cut_off_file_is_refused(cut: int) -> None:
    """A file that ends too early is unreadable as a whole, whatever it held before."""
    with pytest.raises(UnreadableBankMessage):
        decode(camt053(entry("1.00") * 3)[:cut])


@pytest.mark.parametrize(
    "content",
    [
        document("camt.053.001.02", "<BkToCstmrStmt/>"),
        b"<Document><A/></Document>",
        b'<Document xmlns="urn:example:other"><A/></Document>',
        f'<Other xmlns="{NAMESPACE}"/>'.encode(),
        b"<html><body>502 Bad Gateway</body></html>",
    ],
)
def test_other_documents_are_named(content: bytes) -> None:
    """The error says what was found and what is read."""
    with pytest.raises(UnreadableBankMessage, match=r"found element .* read are .*camt\.054\.001\.08"):
        decode(content)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"{}", b"\xff\xfe\xff", "<a>\u2028".encode(), b"<a/><b/>"])
def test_garbage_is_refused(content: bytes) -> None:
    """Anything that is no XML is unreadable, not a crash."""
    with pytest.raises(UnreadableBankMessage):
        decode(content)


class Endless(io.RawIOBase):
    """A file without end: a valid statement's head, then entries for ever."""

    def __init__(self, piece: bytes) -> None:
        self._pieces = self._forever(piece)
        self.given_bytes = 0

    @staticmethod
    def _forever(piece: bytes) -> Iterator[bytes]:
        yield camt054("").split(b"</Ntfctn>")[0]
        while True:
            yield piece

    def read(self, size: int = -1) -> bytes:
        chunk = b"".join(next(self._pieces) for _ in range(200))
        self.given_bytes += len(chunk)
        return chunk


@pytest.mark.parametrize("piece", [entry("1.00").encode(), b"<x/>", b" " * 60])
def test_a_file_without_end_is_stopped(piece: bytes) -> None:
    """Reading stops soon after the limit, however much there is to come."""
    source = Endless(piece)
    with pytest.raises(UnreadableBankMessage, match=r"larger than the limit|has more than"):
        decode(source, ReadLimits(max_bytes=3_000_000, max_part_bytes=2_000_000))  # type: ignore[arg-type]
    assert source.given_bytes < 4_000_000


def test_a_part_without_end_is_stopped() -> None:
    """One entry, or one header, of countless elements is refused before it fills the memory."""
    source = Endless(b"<x/>")
    with pytest.raises(UnreadableBankMessage, match="has more than 100000 bytes"):
        decode(source, ReadLimits(max_part_bytes=100_000))  # type: ignore[arg-type]


def test_deep_nesting_is_refused() -> None:
    """The parser's own depth limit holds."""
    with pytest.raises(UnreadableBankMessage):
        decode(pain002("<a>" * 5000))


def test_reading_is_safe_in_threads() -> None:
    """Readers share nothing: several may work at a time."""
    content = camt053(entry("1.00") * 200)
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(decode(content))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1
