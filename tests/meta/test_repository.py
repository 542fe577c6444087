"""What must not be in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_lock_files_have_hashes_and_no_addresses() -> None:
    """Every pinned requirement has a hash, and no lock names a registry."""
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "://" not in text, lock.name
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, f"{lock.name}: {block.splitlines()[0]}"


def test_nothing_generated_or_secret_is_tracked() -> None:
    """No stubs, keys or local state in git."""
    bad = [name for name in tracked() if re.search(r"(_pb2|\.pem$|\.key$|^\.local/|^libs/protos/src/)", name)]
    assert not bad


def test_private_keys_are_nowhere() -> None:
    """No PEM private key in any tracked text."""
    mark = "-----BEGIN " + "PRIVATE KEY"
    for name in tracked():
        path = ROOT / name
        if path.is_file() and path.suffix not in {".binpb", ".ttf", ".png"}:
            assert mark not in path.read_text(errors="ignore"), name
