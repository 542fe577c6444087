"""Ports of the system's choice, and where a checkout keeps its state."""

from pathlib import Path

import pytest
from devstack.errors import StackError
from devstack.layout import Layout
from devstack.ports import free_ports, require_free


def test_ports_are_different_and_free() -> None:
    """As many as asked for, each usable at once."""
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        require_free(port, wait_s=0)


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_not_a_port(port: int) -> None:
    """Said in one line."""
    with pytest.raises(StackError, match=f"^{port} is not a port"):
        require_free(port, wait_s=0)


def test_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the checkout around the working directory; KAMAI_LOCAL goes first; outside of a checkout it is here."""
    inside = tmp_path / "checkout" / "services" / "payouts"
    inside.mkdir(parents=True)
    (tmp_path / "checkout" / "deploy" / "local").mkdir(parents=True)
    monkeypatch.delenv("KAMAI_LOCAL", raising=False)
    monkeypatch.chdir(inside)
    assert Layout.default().root == tmp_path / "checkout" / ".local"
    monkeypatch.chdir(tmp_path)
    assert Layout.default().root == tmp_path / ".local"
    monkeypatch.setenv("KAMAI_LOCAL", "elsewhere")
    assert Layout.default().root == tmp_path / "elsewhere"
