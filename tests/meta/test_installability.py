"""A service is installable by itself, without the others."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("onboarding", "contracts", "payouts")


def run_in(target: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` where only `target` and foreign libraries are importable: no .pth file of our editable installs counts."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PYTHONPATH"] = os.pathsep.join([str(target), sysconfig.get_paths()["purelib"]])
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each service a folder with the service, the chassis and the stubs installed from their projects."""
    made = {}
    for service in SERVICES:
        target = tmp_path_factory.mktemp(service)
        projects = [str(ROOT / part) for part in ("libs/protos", "libs/vocabulary", "libs/chassis", f"services/{service}")]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"]
        offline = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
        subprocess.run([*pip, *offline, *projects], check=True)
        made[service] = target
    return made


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stands_alone(environments: dict[str, Path], service: str) -> None:
    """With one service installed it imports and knows its usage, and none of the others can be imported."""
    target = environments[service]
    started = run_in(target, f"import runpy, sys; sys.argv = ['{service}']; runpy.run_module('{service}', run_name='__main__')")
    assert started.returncode == 2, started.stderr
    assert f"usage: python -m {service}" in started.stderr
    for other in {*SERVICES, "kamai_client", "devstack"} - {service}:
        refused = run_in(target, f"import {other}")
        assert refused.returncode == 1
        assert "ModuleNotFoundError" in refused.stderr
