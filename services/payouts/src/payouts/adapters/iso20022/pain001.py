"""Writes payment files: pain.001.001.09, streamed, the same bytes for the same input."""

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from lxml import etree

from payouts.adapters.iso20022.checks import check_head, check_transfer
from payouts.adapters.iso20022.pain001_elements import batch_head, group_header, transfer_element
from payouts.adapters.iso20022.pain001_schema import schema_problems
from payouts.domain.bank_messages import (
    CreditTransfer,
    CreditTransferBatch,
    FileProblem,
    InvalidPaymentFile,
    WrittenFile,
)

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MAX_PROBLEMS: Final = 1000
_CHUNK: Final = 1 << 16


class _Problems:
    """Every problem is counted, the first MAX_PROBLEMS are kept."""

    def __init__(self) -> None:
        self.kept: list[FileProblem] = []
        self.count = 0

    def add(self, problem: FileProblem) -> None:
        self.count += 1
        if self.count <= MAX_PROBLEMS:
            self.kept.append(problem)

    def raise_any(self) -> None:
        if self.count:
            raise InvalidPaymentFile(tuple(self.kept), self.count)


class _Walk:
    """Walks a batch's transfers once, checking each and adding up what was there."""

    def __init__(self, batch: CreditTransferBatch, problems: _Problems) -> None:
        self._batch = batch
        self._problems = problems
        self._seen: set[str] = set()
        self.count = 0
        self.total_minor = 0

    def sound_transfers(self) -> Iterator[CreditTransfer]:
        for index, transfer in enumerate(self._batch.transfers):
            before = self._problems.count
            for field, problem in check_transfer(transfer, self._batch.currency):
                self._add(field, problem, index, transfer)
            if transfer.end_to_end_id in self._seen:
                self._add("end_to_end_id", "is in this file already", index, transfer)
            self._seen.add(transfer.end_to_end_id)
            self.count += 1
            self.total_minor += transfer.amount_minor
            if self._problems.count == before:
                yield transfer

    def check_totals(self) -> None:
        for field, stated, found in (
            ("transfer_count", self._batch.transfer_count, self.count),
            ("total_minor", self._batch.total_minor, self.total_minor),
        ):
            if stated != found:
                self._problems.add(FileProblem(field, f"is {stated}, but the transfers make {found}"))

    def _add(self, field: str, problem: str, index: int, transfer: CreditTransfer) -> None:
        self._problems.add(FileProblem(field, problem, index, transfer.end_to_end_id))


def write_payment_file(batch: CreditTransferBatch, target: BinaryIO) -> WrittenFile:
    """Writes `batch` into `target`, an empty binary file opened for writing and reading.

    Raises InvalidPaymentFile with all problems; what `target` then holds must not leave. Memory does
    not grow with the number of transfers, but for their end-to-end ids.
    """
    problems = _Problems()
    for field, problem in check_head(batch):
        problems.add(FileProblem(field, problem))
    problems.raise_any()
    walk = _Walk(batch, problems)
    _write(batch, walk, target)
    walk.check_totals()
    problems.raise_any()
    target.seek(0)
    for found in schema_problems(target):
        problems.add(found)
    problems.raise_any()
    digest, size_bytes = _digest(target)
    return WrittenFile(batch.message_id, digest, size_bytes, walk.count, walk.total_minor)


def render_payment_file(batch: CreditTransferBatch) -> tuple[WrittenFile, bytes]:
    """`write_payment_file` into memory, for files known to be small."""
    target = io.BytesIO()
    return write_payment_file(batch, target), target.getvalue()


def _write(batch: CreditTransferBatch, walk: _Walk, target: BinaryIO) -> None:
    # One transfer to a line: a schema violation is reported by line, and so finds its transfer.
    with etree.xmlfile(target, encoding="UTF-8") as xml:
        xml.write_declaration()
        with (
            xml.element("Document", nsmap={None: NAMESPACE}),
            xml.element("CstmrCdtTrfInitn"),
        ):
            xml.write(group_header(batch))
            with xml.element("PmtInf"):
                for part in batch_head(batch):
                    xml.write(part)
                for transfer in walk.sound_transfers():
                    xml.write("\n")
                    xml.write(transfer_element(transfer))
                xml.write("\n")


def _digest(source: BinaryIO) -> tuple[str, int]:
    source.seek(0)
    digest = hashlib.sha256()
    size_bytes = 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size_bytes += len(chunk)
    return digest.hexdigest(), size_bytes
