"""What we are made of is known, agreed to, and holds no secrets."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))
import licences  # noqa: E402
import locked  # noqa: E402
import sbom  # noqa: E402
import secret_scan  # noqa: E402


def scanned(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/secret_scan.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def planted() -> dict[str, str]:
    """Secrets of each kind, made here, by the name of the file that holds one."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    token = jwt.encode({"sub": "someone"}, os.urandom(32).hex(), algorithm="HS256")
    return {
        "key.py": f'KEY = """{pem}"""\n',
        "cloud.yaml": f"id: AKIA{base64.b32encode(os.urandom(10)).decode()}\n",
        "token.md": f"Try `curl -H 'authorization: Bearer {token}'`\n",
        "root": base64.b64encode(os.urandom(32)).decode() + "\n",
        "settings.sh": f"export BLIND_KEY={base64.b64encode(os.urandom(32)).decode()}\n",
    }


def test_planted_secrets_are_found(tmp_path: Path) -> None:
    """A private key, a cloud key id, a token and raw keys: each file is named, no value is."""
    secrets = planted()
    for name, text in secrets.items():
        (tmp_path / name).write_text(text)
    said = scanned(tmp_path)
    assert said.returncode == 1
    assert {line.split(":")[0] for line in said.stderr.splitlines()[:-1]} == secrets.keys()
    assert not [text for text in secrets.values() if text.strip() in said.stderr]


def test_the_baseline_allows_a_value_in_one_file(tmp_path: Path) -> None:
    """The same value elsewhere, or another in that file, is found."""
    first, second = planted()["root"], planted()["root"]
    (tmp_path / "a").write_text(first)
    [find] = secret_scan.scan(tmp_path)
    (tmp_path / secret_scan.BASELINE).write_text(json.dumps([find]))
    assert scanned(tmp_path).returncode == 0
    (tmp_path / "a").write_text(first + second)
    (tmp_path / "b").write_text(first)
    assert [line.split(":")[:2] for line in scanned(tmp_path).stderr.splitlines()[:-1]] == [["a", "2"], ["b", "1"]]


@pytest.mark.parametrize(
    ("name", "licence", "refused"),
    [
        ("grpcio", "GPL-3.0-only", "may not be in"),
        ("grpcio", "AGPL-3.0-or-later", "may not be in"),
        ("pytest", "GPL-3.0-only", "not agreed to"),
        ("pytest", "LGPL-3.0-only", "not agreed to"),
        ("pytest", "", "unknown"),
        ("pytest", "MIT OR", "not agreed to"),
        ("python-stdnum", "LGPL-3.0-only", "not agreed to"),
        ("grpcio", "Apache-2.0 OR MIT", ""),
    ],
)
def test_licences_are_refused(name: str, licence: str, refused: str) -> None:
    """GPL and AGPL, LGPL nobody has noted, and what nobody names; a noted package may not change its licence."""
    now = {package.name: locked.licence(package.name) for package in locked.packages("dev")} | {name: licence}
    said = list(licences.refusals(now))
    assert len(said) == bool(refused)
    assert all(refused in each for each in said)


def test_the_sbom_is_whole_and_always_the_same() -> None:
    """Every runtime package of the lock with its licence, all reached by the graph; no address or path; the same bytes twice."""
    for service in locked.SERVICES:
        text = sbom.text(service)
        assert text == sbom.text(service)
        made = json.loads(text)
        parts = {each["name"]: each for each in made["components"]}
        assert {package.name for package in locked.packages(service) if package.used_here} <= parts.keys()
        assert all(each["licenses"] for each in parts.values())
        graph = {each["ref"]: each.get("dependsOn", []) for each in made["dependencies"]}
        reached, ahead = set(), [made["metadata"]["component"]["bom-ref"]]
        while ahead:
            one = ahead.pop()
            if one not in reached:
                reached.add(one)
                ahead += graph[one]
        left = {each["bom-ref"] for each in parts.values()} - reached
        assert not left
        assert not [place for place in (str(ROOT), str(Path.home()), "pypi.org", "index-url") if place in text]
