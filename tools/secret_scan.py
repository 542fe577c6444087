"""Looks for secrets in the files of a folder (of git, where it is one): `secret_scan.py [FOLDER] [--write]`.

What is allowed, such as passwords of tests, is in `.secrets.baseline` of that folder, by file and hash of the value; `--write`
allows the present finds. Finds are named by file, line and kind, never by value. Rules: those of detect-secrets, and one of our
own for raw keys of 32 bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from detect_secrets.core.scan import scan_file
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ".secrets.baseline"
SEEN = ROOT / ".local/secret-scan.json"  # finds by content, so that a second run looks at changed files only
# Hashes of public packages, compiled descriptors, published lists.
SKIPPED = re.compile(r"\.(lock|binpb|ttf|png|pdf)$|^\.secrets\.baseline$")
RULES: dict[str, Any] = {
    "plugins_used": [
        *({"name": name} for name in (
            "AWSKeyDetector", "PrivateKeyDetector", "JwtTokenDetector", "BasicAuthDetector", "GitHubTokenDetector",
            "SlackDetector", "KeywordDetector",
        )),
        {"name": "Base64HighEntropyString", "limit": 4.5},
        {"name": "HexHighEntropyString", "limit": 3.0},
        {"name": "RawKeyDetector", "path": f"file://{Path(__file__).resolve()}"},
    ],
    "filters_used": [
        {"path": "detect_secrets.filters.heuristic.is_potential_uuid"},
        {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
        {"path": "detect_secrets.filters.heuristic.is_templated_secret"},
        {"path": "detect_secrets.filters.heuristic.is_indirect_reference"},
    ],
}  # fmt: skip


class RawKeyDetector(RegexBasedDetector):
    """32 bytes in base64, as our key files hold them, with or without quotes."""

    secret_type = "Raw 256 bit key"  # noqa: S105
    denylist = (
        re.compile(r"(?<![A-Za-z0-9+/_=-])(?=\S*[A-Z])(?=\S*[a-z])(?=\S*[0-9])[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=(?!=)"),
    )


def files(folder: Path) -> list[str]:
    """What git tracks, or all files where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=False)  # noqa: S607
    names = (
        listed.stdout.decode().split("\0") if listed.returncode == 0 else [str(p.relative_to(folder)) for p in folder.rglob("*")]
    )
    return [name for name in names if name and not SKIPPED.search(name) and (folder / name).is_file()]


def found(folder: Path, name: str) -> list[dict[str, Any]]:
    with transient_settings(RULES):
        secrets = list(scan_file(str(folder / name)))
    return [{"type": each.type, "hash": each.secret_hash, "line": each.line_number} for each in secrets]


def content(folder: Path, name: str) -> str:
    """What the finds depend on: the rules (this file), the kind of file, and what is in it."""
    return hashlib.sha256(b"\0".join([Path(__file__).read_bytes(), name.encode(), (folder / name).read_bytes()])).hexdigest()


def scan(folder: Path) -> list[dict[str, Any]]:
    names = {name: content(folder, name) for name in sorted(files(folder))}
    seen = json.loads(SEEN.read_text()) if SEEN.exists() else {}
    new = [name for name, key in names.items() if key not in seen]
    with ProcessPoolExecutor() as pool:
        seen |= zip((names[name] for name in new), pool.map(found, repeat(folder), new, chunksize=20), strict=True)
    if folder == ROOT:
        SEEN.parent.mkdir(exist_ok=True)
        SEEN.write_text(json.dumps({key: seen[key] for key in names.values()}))
    return [{"file": name, **each} for name, key in names.items() for each in seen[key]]


def allowed(folder: Path) -> set[tuple[str, str, str]]:
    path = folder / BASELINE
    return {(each["file"], each["type"], each["hash"]) for each in json.loads(path.read_text())} if path.exists() else set()


def complaints(folder: Path, finds: list[dict[str, Any]]) -> Iterator[str]:
    known = allowed(folder)
    for each in finds:
        if (each["file"], each["type"], each["hash"]) not in known:
            yield f"{each['file']}:{each['line']}: {each['type']}"


def main() -> None:
    arguments = [each for each in sys.argv[1:] if each != "--write"]
    folder = Path(arguments[0]) if arguments else ROOT
    finds = scan(folder.resolve())
    if "--write" in sys.argv:
        lines = sorted({json.dumps({name: each[name] for name in ("file", "type", "hash")}) for each in finds})
        (folder / BASELINE).write_text("[\n" + ",\n".join(lines) + "\n]\n")
    elif said := list(complaints(folder, finds)):
        sys.exit("\n".join([*said, "secrets do not belong into files; for a value that is none: tools/secret_scan.py --write"]))


if __name__ == "__main__":
    main()
