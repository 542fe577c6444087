"""The state file and what a killed stack left."""

import sys
from pathlib import Path

import pytest
from devstack import state
from devstack.errors import AlreadyUpError
from devstack.layout import Layout
from devstack.process import Command, Identity, Process, own_identity


def _record(*parts: state.PartRecord) -> state.StackRecord:
    return state.StackRecord("up", "embedded", own_identity(), list(parts), {"KAMAI_BANK_URL": "http://127.0.0.1:1"})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The record comes back as it was; only the owner may read it."""
    layout = Layout(tmp_path)
    record = _record(state.PartRecord("bank", "ready", "http://127.0.0.1:1", Identity(1, 2.5)))
    state.write(layout, record)
    assert state.read(layout) == record
    assert layout.state.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"parts": [{}]}', '{"parts": null}'])
def test_unreadable_state_counts_as_none(tmp_path: Path, content: str) -> None:
    """A state file that is not ours, or cut off, is no stack."""
    layout = Layout(tmp_path)
    layout.state.write_text(content)
    assert state.read(layout) is None
    assert state.clear_leftovers(layout) == []
    assert not layout.state.exists()


def test_leftovers_are_ended_but_never_a_stranger(tmp_path: Path) -> None:
    """What still runs of a dead stack is ended; a process that got an old pid is left alone."""
    layout = Layout(tmp_path)
    command = Command([sys.executable, "-c", "import signal; signal.pause()"])
    ours, stranger = Process(command, tmp_path / "ours"), Process(command, tmp_path / "stranger")
    try:
        recycled = Identity(stranger.pid, stranger.identity.created - 3600)
        state.write(
            layout,
            _record(
                state.PartRecord("kafka", "ready", "", ours.identity),
                state.PartRecord("bank", "ready", "", recycled),
                state.PartRecord("postgres", "ready", "", None),
            ),
        )
        assert state.clear_leftovers(layout) == ["kafka"]
        assert ours.exit_code is not None
        assert stranger.exit_code is None
    finally:
        ours.kill()
        stranger.kill()


def test_lock_names_its_owner_and_is_free_after_release(tmp_path: Path) -> None:
    """One owner at a time."""
    first, second = state.StackLock(tmp_path / "lock"), state.StackLock(tmp_path / "lock")
    first.acquire()
    with pytest.raises(AlreadyUpError, match=f"pid {own_identity().pid}"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
