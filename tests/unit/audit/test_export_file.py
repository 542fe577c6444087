"""An export is read once from its beginning to its end, and a file that is none is told from a broken trail."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from threading import Thread

import pytest
from kamai.ops.v1 import audit_pb2 as pb
from kamai_client.audit import exporting
from kamai_client.audit.export import Export
from kamai_client.audit.roots import UnusableFile
from unit.audit.test_chain_properties import chained


def written(path: Path) -> Path:
    """Two services with five entries each."""
    with exporting.writing(path, "") as writer:
        for service in ("contracts", "payouts"):
            writer.begin(service, [pb.AuditRoot(service=service, number=1, sequence=5)])
            for entry in chained(5):
                entry.entry.occurred_at.GetCurrentTime()
                writer.add(pb.StreamAuditEntriesResponse(service=service, entries=[entry]))
    return path


async def read(path: Path) -> dict[str, int]:
    """Entries by service."""
    found = {}
    for part in Export(path).parts():
        found[part.head.service] = sum([len(batch.entries) async for batch in part.batches()])
    return found


def test_from_a_pipe(tmp_path: Path) -> None:
    """What can be read only once is enough."""
    content, pipe = written(tmp_path / "export.jsonl").read_bytes(), tmp_path / "pipe"
    os.mkfifo(pipe)
    feeding = Thread(target=pipe.write_bytes, args=[content])
    feeding.start()
    assert asyncio.run(read(pipe)) == {"contracts": 5, "payouts": 5}
    feeding.join()


def test_one_of_two_services(tmp_path: Path) -> None:
    """What is not read of a part is passed over."""
    parts = Export(written(tmp_path / "export.jsonl")).parts()
    assert [part.head.service for part in parts] == ["contracts", "payouts"]


@pytest.mark.parametrize(
    ("number", "change"),
    [(0, {"services": "x"}), (0, {"type": "service"}), (1, {"service": "other"}), (2, {"hash": "zz"}), (3, {"entry": {"id": 1}})],
)
def test_what_is_no_export(tmp_path: Path, number: int, change: dict[str, object]) -> None:
    """Each is refused as a file that cannot be used."""
    path = written(tmp_path / "export.jsonl")
    lines = path.read_text().splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | change)
    path.write_text("\n".join(lines))
    with pytest.raises(UnusableFile):
        asyncio.run(read(path))
