"""Data keys open with what they were wrapped for; memory holds a bounded number for a bounded time."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import pytest
from chassis.vault import CannotOpen, Subject, keys
from chassis.vault.cache import KeyCache
from chassis.vault.keys import DataKey, Kek
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st


class Hand:
    """A clock that is set."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def aead() -> AESGCM:
    return AESGCM(os.urandom(32))


def data_key(number: int) -> DataKey:
    return DataKey(UUID(int=number + 1), Subject("CONTRACTOR", UUID(int=number + 1)), aead())


def test_a_wrapped_key_is_bound_to_its_row() -> None:
    """Under another id, subject or key-encryption key a wrapped key does not open, nor with any byte changed."""
    secret = aead()
    kek, key_id, subject = Kek(uuid4(), secret), uuid4(), Subject("CONTRACTOR", uuid4())
    wrapped = keys.wrap(kek, key_id, subject, b"k" * 32)
    assert keys.unwrap(kek, key_id, subject, wrapped) == b"k" * 32
    wrong = [
        (Kek(uuid4(), secret), key_id, subject, wrapped),
        (Kek(kek.id, aead()), key_id, subject, wrapped),
        (kek, uuid4(), subject, wrapped),
        (kek, key_id, Subject("SERVICE", subject.id), wrapped),
        (kek, key_id, Subject("CONTRACTOR", uuid4()), wrapped),
        *[(kek, key_id, subject, wrapped[:n] + bytes([wrapped[n] ^ 1]) + wrapped[n + 1 :]) for n in range(len(wrapped))],
        (kek, key_id, subject, b""),
    ]
    for arguments in wrong:
        with pytest.raises(CannotOpen):
            keys.unwrap(*arguments)


def test_keys_do_not_show() -> None:
    """A key that gets into a log line or a traceback shows its id only."""
    assert "aead" not in repr(data_key(1))
    assert "aead" not in repr(Kek(uuid4(), aead()))


def test_a_key_is_forgotten_with_age() -> None:
    """At its age a key is gone, by id and by subject, however often it was used."""
    now = Hand()
    cache, key = KeyCache(10, 60, now), data_key(1)
    cache.put(key, read_at=0)
    now.at = 59.9
    assert cache.by_id(key.id) is cache.of_subject(key.subject) is key
    now.at = 60.0
    assert cache.by_id(key.id) is None
    assert cache.of_subject(key.subject) is None
    assert len(cache) == 0


@given(st.lists(st.tuples(st.sampled_from(["put", "use", "forget"]), st.integers(0, 9)), max_size=60))
def test_a_cache_never_outgrows_its_size(steps: list[tuple[str, int]]) -> None:
    """Whatever happens there are at most so many keys, the last used among them, and both ways to look agree."""
    cache = KeyCache(4)
    for verb, number in steps:
        key = data_key(number)
        if verb == "put":
            cache.put(key, cache.now())
            assert cache.by_id(key.id) is key
        elif verb == "use":
            assert cache.of_subject(key.subject) is cache.by_id(key.id)
        else:
            cache.forget(key.subject)
            assert cache.by_id(key.id) is None
        assert len(cache) <= 4


def test_the_least_used_makes_room() -> None:
    """A key in use stays, one nobody asked for goes."""
    cache, three = KeyCache(2), [data_key(n) for n in range(3)]
    cache.put(three[0], cache.now())
    cache.put(three[1], cache.now())
    cache.by_id(three[0].id)
    cache.put(three[2], cache.now())
    assert [bool(cache.by_id(key.id)) for key in three] == [True, False, True]


@pytest.mark.parametrize(("size", "age_s"), [(0, 60), (10, 60.1), (10, 0)])
def test_bounds_of_the_cache(size: int, age_s: float) -> None:
    """No endless age: a destroyed key would live on."""
    with pytest.raises(ValueError, match="at most 60 s"):
        KeyCache(size, age_s)
