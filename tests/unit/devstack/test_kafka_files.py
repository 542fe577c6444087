"""The shared cache of Kafka's jars, and the archive of its classes."""

from pathlib import Path

import pytest
from devstack.class_archive import NO_ARCHIVE, archive_option
from devstack.errors import PartFailedError
from devstack.java import VERSION
from devstack.kafka_libs import cache_directory, fetch_kafka, kafka_version
from devstack.process import Command


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a Maven on the path that nobody runs: the tests do its work themselves."""
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(maven.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_directory()


def _download(command: Command) -> None:
    """What Maven leaves: the pom it was given is complete, and the jars are where it was told."""
    assert command.cwd is not None
    assert kafka_version() in (command.cwd / "pom.xml").read_text()
    (command.cwd / "lib").mkdir()
    (command.cwd / "lib" / "kafka.jar").touch()


def test_jars_appear_at_once_and_are_fetched_once(cache: Path) -> None:
    """The cache is complete or absent; a second fetch finds it; nothing else stays in the folder."""
    calls: list[Command] = []

    def tool(command: Command) -> None:
        assert not cache.exists()
        calls.append(command)
        _download(command)

    for _ in range(2):
        assert fetch_kafka(tool, lambda _: None) == cache
    assert len(calls) == 1
    assert [file.name for file in cache.iterdir()] == ["kafka.jar"]
    assert list(cache.parent.iterdir()) == [cache]


def test_two_set_ups_at_once(cache: Path) -> None:
    """The slower one uses the jars of the faster one."""

    def overtaken(command: Command) -> None:
        fetch_kafka(_download, lambda _: None)
        _download(command)

    assert fetch_kafka(overtaken, lambda _: None) == cache
    assert list(cache.parent.iterdir()) == [cache]


def test_failed_download_leaves_nothing(cache: Path) -> None:
    """The next start tries again."""

    def fails(_: Command) -> None:
        raise PartFailedError("kafka", "no network")

    with pytest.raises(PartFailedError):
        fetch_kafka(fails, lambda _: None)
    assert list(cache.parent.iterdir()) == []


def test_archive_is_made_once_for_a_java(tmp_path: Path) -> None:
    """One archive for each Java, found again; a Java that cannot make one is asked once."""
    libs, java = tmp_path / "kafka", tmp_path / "java"
    java.touch()
    option = archive_option(libs, java, _write_classes)
    assert option.startswith(f"-XX:SharedArchiveFile={libs}-")
    assert archive_option(libs, java, _never) == option
    other = tmp_path / "other"
    other.touch()
    assert archive_option(libs, other, lambda _: None) == NO_ARCHIVE
    assert archive_option(libs, other, _never) == NO_ARCHIVE


def _write_classes(archive: Path) -> None:
    archive.write_text("classes")


def _never(_: Path) -> None:
    raise AssertionError("made again")


@pytest.mark.parametrize(
    ("text", "major"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_402"', 8), ('openjdk version "25" x', 25)],
)
def test_versions_of_java(text: str, major: int) -> None:
    """Old and new ways of naming the version."""
    found = VERSION.search(text)
    assert found is not None
    assert int(found.group(1)) == major


def test_cache_is_in_the_home_directory_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where XDG_CACHE_HOME says nothing."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_directory() == Path.home() / ".cache" / "kamai" / f"kafka-{kafka_version()}"
