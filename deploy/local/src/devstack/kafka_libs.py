"""Kafka's jars: fetched once with Maven, then shared by all checkouts of this user."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from devstack.errors import MissingPrerequisiteError
from devstack.java import wheel_home
from devstack.process import Command

POM = "kafka_pom.xml"


def kafka_version() -> str:
    """As in the pom."""
    found = re.search(r"<kafka\.version>(.+?)</kafka\.version>", _pom())
    assert found is not None
    return found.group(1)


def cache_directory() -> Path:
    """Where the jars are kept: ``kamai/kafka-VERSION`` below XDG_CACHE_HOME or ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kamai" / f"kafka-{kafka_version()}"


def fetch_kafka(run_tool: Callable[[Command], object], note: Callable[[str], None]) -> Path:
    """The directory of the jars; downloads them when they are not there. Two fetches at once do not harm.

    Args:
        run_tool: runs a command to its end and raises when it fails.
        note: told when the download starts.

    Raises:
        MissingPrerequisiteError: they have to be fetched and there is no Maven.
    """
    target = cache_directory()
    if target.exists():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingPrerequisiteError(
            "Maven is missing, it fetches Apache Kafka once: install it (Debian, Ubuntu: apt install maven; "
            "macOS: brew install maven), or install Docker and set KAMAI_STACK=docker"
        )
    note(f"fetching Apache Kafka {kafka_version()} with Maven, once")
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        _download(maven, work, run_tool)
        (work / "lib").rename(target)
    except OSError:
        if not target.exists():  # else another set-up was faster, and its jars are the same
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _download(maven: str, work: Path, run_tool: Callable[[Command], object]) -> None:
    (work / "pom.xml").write_text(_pom())
    environment = dict(os.environ)
    home = wheel_home()
    if home is not None and not environment.get("JAVA_HOME") and shutil.which("java") is None:
        environment["JAVA_HOME"] = str(home)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={work / 'lib'}", "-DincludeScope=runtime"]
    run_tool(Command(argv=[maven, "-q", "-B", *goal], env=environment, cwd=work))


def _pom() -> str:
    return (resources.files("devstack") / POM).read_text()
