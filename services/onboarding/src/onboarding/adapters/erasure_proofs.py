"""Proofs of erasures as JSON Web Signatures (RFC 7515), and the file that keeps them outside of the database."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
from chassis import ids
from chassis.audit.keys import SigningKey
from chassis.errors import KamaiError
from chassis.identity.files import Unusable

from onboarding.domain.erasure import ErasureProof, Removed

ISSUER, TYPE = "kamai.onboarding", "kamai-erasure+jwt"


class ProofSigner:
    """Signs with the key of the audit trail, whose public half is in the key set before the signature is anywhere."""

    def __init__(self, key_file: Path, jwks_file: Path) -> None:
        self._key = SigningKey(key_file, jwks_file)

    def sign(self, proof: ErasureProof) -> str:
        key_id, key = self._key.current()
        claims = {
            "iss": ISSUER, "sub": proof.contractor_id, "iat": int(proof.erased_at.timestamp()),
            "erased_at": proof.erased_at.isoformat(timespec="microseconds"), "actor": proof.actor, "reason": proof.reason,
            "removed": dict(proof.removed.rows), "digest": proof.removed.digest.hex(),
        }  # fmt: skip
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": key_id, "typ": TYPE})


def verified(signed: str, jwks: Path) -> ErasureProof:
    """The proof in a JWS that one of the keys in `jwks` made; raises Unusable."""
    try:
        key_id = jwt.get_unverified_header(signed).get("kid")
        [key] = [key for key in json.loads(jwks.read_text())["keys"] if key["kid"] == key_id]
        claims = jwt.decode(
            signed, jwt.PyJWK(key), algorithms=["EdDSA"], issuer=ISSUER, options={"verify_iat": False, "require": ["sub", "iss"]}
        )
        ids.decode(claims["sub"], "contractor")
        return _proof(claims, signed)
    except (jwt.PyJWTError, KamaiError, OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"is no proof that a key of the audit trail signed ({type(error).__name__})") from None


def _proof(claims: dict[str, Any], signed: str) -> ErasureProof:
    removed = Removed({str(name): int(rows) for name, rows in claims["removed"].items()}, bytes.fromhex(claims["digest"]))
    moment = datetime.fromisoformat(claims["erased_at"])
    return ErasureProof(claims["sub"], moment, claims["actor"], claims["reason"], removed, signed)


class ProofFile:
    """One JWS a line, only ever added to. It belongs where a restored backup of the database does not reach."""

    def __init__(self, file: Path, jwks: Path) -> None:
        self._file, self._jwks = file, jwks

    def read(self) -> list[ErasureProof]:
        """Every proof, the newest of a contractor; raises Unusable for a line that is none. Half a line that a crash left at the
        end is passed over: its proof is written again."""
        if not self._file.exists():
            return []
        found: dict[str, ErasureProof] = {}
        *lines, _torn = self._file.read_text(encoding="ascii", errors="replace").split("\n")
        for number, line in enumerate(lines, 1):
            try:
                proof = verified(line, self._jwks)
            except Unusable as error:
                raise Unusable(f"{self._file.name}, line {number}: {error}") from None
            found[proof.contractor_id] = proof
        return list(found.values())

    def append(self, signed: Sequence[str]) -> None:
        """Adds lines, on the disk when this returns; raises OSError."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _mend(descriptor)
            content = "".join(f"{line}\n" for line in signed).encode()
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _mend(descriptor: int) -> None:
    """Cuts half a line off the end."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, 64 * 1024, max(0, size - 64 * 1024))
    if torn := tail.rpartition(b"\n")[2]:
        os.ftruncate(descriptor, size - len(torn))
