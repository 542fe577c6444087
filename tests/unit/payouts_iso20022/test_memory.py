"""Memory does not grow with the file: 40,000 transfers out, 40,000 entries in."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
LIMIT_MIB = 160
MEASURE = """
import sys, tempfile
from dataclasses import replace
from itertools import islice
from payouts.adapters.iso20022 import stream, write_payment_file
from unit.payouts_iso20022.samples import TRANSFER, batch_of, camt054, detail, entry

COUNT = 40_000

def write():
    transfers = (replace(TRANSFER, end_to_end_id=f"E2E-{n:08d}") for n in range(COUNT))
    total_minor = COUNT * TRANSFER.amount_minor
    batch = replace(batch_of([]), transfers=transfers, transfer_count=COUNT, total_minor=total_minor)
    with tempfile.TemporaryFile() as target:
        assert write_payment_file(batch, target).transfer_count == COUNT

class Pieces:
    def __init__(self, pieces): self._pieces = pieces
    def read(self, size): return b"".join(islice(self._pieces, 100))

def entries(one):
    head, tail = camt054("<here/>").split(b"<here/>")
    yield head
    for n in range(COUNT):
        yield one(n).encode()
    yield tail

def read_entries():
    ids = "<EndToEndId>E2E-{0}</EndToEndId>"
    one = lambda n: entry("1.00", detail(ids.format(n), "1.00"), ref=f"REF-{n}")
    assert sum(1 for _ in stream(Pieces(entries(one)))) == COUNT + 1

def read_batch():
    head, tail = entry("40000.00", "<here/>").split("<here/>")
    ids = "<EndToEndId>E2E-{0}</EndToEndId>"
    def one(n):
        text = detail(ids.format(n), "1.00")
        return (head if n == 0 else "") + text + (tail if n == COUNT - 1 else "")
    assert sum(1 for _ in stream(Pieces(entries(one)))) == COUNT + 1

globals()[sys.argv[1]]()
# Not ru_maxrss: that one counts the parent's pages from before exec.
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize("what", ["write", "read_entries", "read_batch"])
def test_peak_memory(what: str) -> None:
    """A file of 25 to 35 MB peaks below the limit, with the interpreter and the schema in it."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, what],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < LIMIT_MIB
