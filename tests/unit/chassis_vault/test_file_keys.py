"""Root keys in files: private, current by name, read anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from chassis.vault import KeyProviderFault, VaultSettings
from chassis.vault.providers import FileKeys, Wrapped, new_file_key
from hypothesis import given
from hypothesis import strategies as st

CONTEXT = {"key": "1", "purpose": "DATA"}
KEY = bytes(range(32))


async def test_round_trip(tmp_path: Path) -> None:
    """A wrapped key opens with its context, in whatever order it is given, and names the root key that wrapped it."""
    root = new_file_key(tmp_path)
    wrapped = await FileKeys(tmp_path).wrap(KEY, CONTEXT)
    assert (wrapped.provider, wrapped.key_id) == ("file", root)
    assert await FileKeys(tmp_path).unwrap(wrapped, dict(reversed(CONTEXT.items()))) == KEY


async def test_another_context_or_a_changed_key_is_refused(tmp_path: Path) -> None:
    """Another context, any changed byte, another root key under the same name: a fault."""
    root = new_file_key(tmp_path)
    keys = FileKeys(tmp_path)
    wrapped = await keys.wrap(KEY, CONTEXT)
    changed = [
        wrapped.wrapped[:n] + bytes([wrapped.wrapped[n] ^ 1]) + wrapped.wrapped[n + 1 :] for n in range(len(wrapped.wrapped))
    ]  # fmt: skip
    for wrong in [*changed, b""]:
        with pytest.raises(KeyProviderFault, match="does not open"):
            await keys.unwrap(Wrapped("file", root, wrong), CONTEXT)
    for context in ({}, {"key": "2", "purpose": "DATA"}, {"key": "1", "purpose": "DATA", "more": ""}):
        with pytest.raises(KeyProviderFault, match="does not open"):
            await keys.unwrap(wrapped, context)
    (tmp_path / f"{root}.key").write_bytes((tmp_path / f"{new_file_key(tmp_path)}.key").read_bytes())
    with pytest.raises(KeyProviderFault, match="does not open"):
        await keys.unwrap(wrapped, CONTEXT)


async def test_a_new_root_key_needs_no_restart(tmp_path: Path) -> None:
    """The same object wraps with the new key at once and opens what the old one wrapped while its file is there."""
    old = new_file_key(tmp_path)
    keys = FileKeys(tmp_path)
    before = await keys.wrap(KEY, CONTEXT)
    new = new_file_key(tmp_path)
    after = await keys.wrap(KEY, CONTEXT)
    assert (before.key_id, after.key_id) == (old, new)
    assert await keys.unwrap(before, CONTEXT) == await keys.unwrap(after, CONTEXT) == KEY
    (tmp_path / f"{old}.key").unlink()
    with pytest.raises(KeyProviderFault, match="FileNotFoundError"):
        await keys.unwrap(before, CONTEXT)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o777, 0o610])
async def test_a_file_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    """Any bit for group or others is too much."""
    root = new_file_key(tmp_path)
    (tmp_path / f"{root}.key").chmod(mode)
    with pytest.raises(KeyProviderFault, match="others may touch"):
        await FileKeys(tmp_path).wrap(KEY, CONTEXT)


def test_files_are_made_private(tmp_path: Path) -> None:
    """Made with mode 0600, and no half of a file stays."""
    previous = os.umask(0)
    try:
        new_file_key(tmp_path)
    finally:
        os.umask(previous)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("text", ["", "short", "AAAA", "not base 64 at all!", "é"])
async def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """32 bytes in base 64 or a fault that names the file and quotes nothing."""
    root = new_file_key(tmp_path)
    (tmp_path / f"{root}.key").write_text(text)
    with pytest.raises(KeyProviderFault, match=root) as fault:
        await FileKeys(tmp_path).wrap(KEY, CONTEXT)
    assert not text or text not in str(fault.value)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "UPPER", "x" * 65])
async def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    """The id of a root key comes from the database too: it is no path."""
    with pytest.raises(KeyProviderFault, match="small letters"):
        await FileKeys(tmp_path).unwrap(Wrapped("file", name, b"x" * 60), CONTEXT)


async def test_an_empty_directory_is_a_clear_fault(tmp_path: Path) -> None:
    """It says which file is missing."""
    with pytest.raises(KeyProviderFault, match="current: cannot be read"):
        await FileKeys(tmp_path).wrap(KEY, CONTEXT)


@given(st.sampled_from(["file", "kms"]))
def test_settings_say_all_that_is_missing(provider: str) -> None:
    """A provider without what it needs is refused with every missing name."""
    missing = "directory" if provider == "file" else "kms_key_id and kms_region"
    with pytest.raises(ValueError, match=f"{provider} needs {missing}"):
        VaultSettings.model_validate({"provider": provider})


def test_settings_put_the_provider_that_wraps_first(tmp_path: Path) -> None:
    """Both are there while keys move from one to the other."""
    both = {"directory": tmp_path, "kms_key_id": "k", "kms_region": "eu-central-1"}
    for provider, names in (("file", ["file", "kms"]), ("kms", ["kms", "file"])):
        assert [p.name for p in VaultSettings.model_validate({"provider": provider, **both}).providers()] == names


def test_settings_bound_the_age() -> None:
    """Nobody may keep a destroyed key for longer than a minute."""
    with pytest.raises(ValueError, match="less than or equal to 60"):
        VaultSettings.model_validate({"directory": "/keys", "cache_age_s": 61})
