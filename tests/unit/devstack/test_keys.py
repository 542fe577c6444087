"""Keys and small secret files."""

import base64
import json
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from devstack.keys import Keys
from devstack.secret_files import read_or_make, write_private


def test_token_signed_with_the_private_key_verifies_with_the_published_set(tmp_path: Path) -> None:
    """Any JOSE library finds the key by its id and accepts the signature; the same for bank events."""
    keys = Keys(tmp_path)
    keys.make_missing()
    for private, public in ((keys.token_key, keys.token_jwks), (keys.bank_event_key, keys.bank_event_jwks)):
        published = jwt.PyJWKSet.from_dict(json.loads(public.read_text())).keys[0]
        assert published.algorithm_name == "EdDSA"
        token = jwt.encode({"sub": "someone"}, private.read_text(), "EdDSA", headers={"kid": published.key_id})
        assert jwt.decode(token, published, algorithms=["EdDSA"]) == {"sub": "someone"}
    assert keys.token_key.read_text() != keys.bank_event_key.read_text()


def test_instruction_keys_are_one_pair_of_raw_bytes(tmp_path: Path) -> None:
    """The public file is the public half of the private one, 32 bytes each in base64."""
    keys = Keys(tmp_path)
    keys.make_missing()
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(keys.instruction_key.read_text()))
    public = X25519PublicKey.from_public_bytes(base64.b64decode(keys.instruction_public_key.read_text()))
    assert private.public_key() == public


def test_keys_stay_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    """A second start changes nothing, so that tokens and passwords in use go on working; every file is 0600."""
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    secret = keys.database_password("payouts_app")
    before = _files(keys.directory)
    keys.make_missing()
    assert keys.database_password("payouts_app") == secret != keys.database_password("payouts_owner")
    assert before.items() <= _files(keys.directory).items()
    assert {file.stat().st_mode & 0o777 for file in keys.directory.rglob("*") if file.is_file()} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in (keys.directory, *keys.directory.rglob("*/"))} == {0o700}


def _files(folder: Path) -> dict[Path, str]:
    return {file: file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """No temporary file stays beside it."""
    file = tmp_path / "secret"
    write_private(file, "one")
    write_private(file, "two")
    assert read_or_make(file, lambda: "three") == "two"
    assert list(tmp_path.iterdir()) == [file]


def test_only_the_token_key_is_marked(tmp_path: Path) -> None:
    """Services in production refuse a set with this mark; a set from before it was marked gets it at the next start."""
    keys = Keys(tmp_path)
    keys.make_missing()
    (marked,) = json.loads(keys.token_jwks.read_text())["keys"]
    (unmarked,) = json.loads(keys.bank_event_jwks.read_text())["keys"]
    assert (marked["kamai_env"], "kamai_env" in unmarked) == ("development", False)
    keys.token_jwks.write_text(json.dumps({"keys": [{name: marked[name] for name in marked if name != "kamai_env"}]}))
    keys.make_missing()
    assert json.loads(keys.token_jwks.read_text())["keys"] == [marked]
