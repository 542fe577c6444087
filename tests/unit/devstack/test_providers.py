"""Choosing a provider, and the containers the docker provider would run."""

import gc
from pathlib import Path

import pytest
from devstack import providers
from devstack.containers import DockerKafka, DockerPostgres, kafka_plan, postgres_plan
from devstack.errors import MissingPrerequisiteError, StackError
from devstack.layout import Layout
from devstack.part import PartState
from devstack.service import app_dsn


@pytest.mark.parametrize(("value", "expected"), [("", "embedded"), ("embedded", "embedded"), ("docker", "docker")])
def test_provider_by_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    """KAMAI_STACK chooses; empty is the default; an unknown one is refused with the known ones."""
    monkeypatch.setenv("KAMAI_STACK", value)
    assert providers.choose(Layout(tmp_path)).name == expected
    with pytest.raises(StackError, match=r"^KAMAI_STACK=podman is unknown: give one of embedded, docker, external$"):
        providers.choose(Layout(tmp_path), name="podman")


def test_images_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror's image takes the place of the official one."""
    provider = providers.choose(Layout(tmp_path), name="docker")
    postgres, kafka = provider.postgres(), provider.kafka()
    assert isinstance(postgres, DockerPostgres)
    assert isinstance(kafka, DockerKafka)
    assert (postgres.image, kafka.image) == ("postgres:18", "apache/kafka:4.3.1")
    monkeypatch.setenv("KAMAI_POSTGRES_IMAGE", "mirror.example.org/postgres:18.6")
    other = provider.postgres()
    assert isinstance(other, DockerPostgres)
    assert other.plan().image == "mirror.example.org/postgres:18.6"


def test_broker_in_a_container_reaches_itself_where_clients_reach_it() -> None:
    """One port inside and outside; the same properties as the embedded broker, in the image's spelling."""
    plan = kafka_plan("apache/kafka:4.3.1", 41234)
    assert plan.port == plan.host_port == 41234
    assert plan.environment["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://127.0.0.1:41234"
    assert plan.environment["KAFKA_LISTENERS"] == "PLAINTEXT://:41234,CONTROLLER://:9093"
    assert plan.environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert plan.environment["KAFKA_HEAP_OPTS"] == "-Xmx512m"


def test_database_in_a_container() -> None:
    """The settings of the embedded server, except where it listens; the password is not an argument."""
    plan = postgres_plan("postgres:18", 45432, "secret")
    assert "max_connections=200" in plan.command
    assert not any(word.startswith(("listen_addresses", "unix_socket")) for word in plan.command)
    assert "secret" not in " ".join(plan.command)
    assert plan.environment == {"POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "kamai"}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker's transport forgets the socket it cannot connect
def test_no_docker_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, and the part is as if it had never been started."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    kafka = DockerKafka(tmp_path / "log", "apache/kafka:4.3.1")
    with pytest.raises(MissingPrerequisiteError, match=r"^no Docker engine answers: start the Docker engine"):
        kafka.start()
    assert kafka.state is PartState.STOPPED
    kafka.stop()
    gc.collect()


def test_external_needs_its_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named with an example; the password of a given address is not shown."""
    provider = providers.choose(Layout(tmp_path), name="external")
    monkeypatch.delenv("KAMAI_ADMIN_DATABASE_URL", raising=False)
    with pytest.raises(MissingPrerequisiteError, match="needs KAMAI_ADMIN_DATABASE_URL, for example postgresql://"):
        provider.postgres()
    monkeypatch.setenv("KAMAI_ADMIN_DATABASE_URL", "postgresql://root:hidden@db.example.org:5432/kamai?ssl=require")
    assert provider.postgres().address == "db.example.org:5432"


def test_role_of_the_application() -> None:
    """Same place, another user; whatever is in the password does not break the URL."""
    admin = "postgresql://postgres:a@127.0.0.1:5432/kamai?application_name=x"
    found = app_dsn(admin, "payouts_app", "p/@:w")
    assert found == "postgresql://payouts_app:p%2F%40%3Aw@127.0.0.1:5432/kamai?application_name=x"
