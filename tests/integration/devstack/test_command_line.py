"""What `kamai` does at the bank and the broker themselves, not through a service."""

import asyncio
import json
import os
import urllib.request
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from devstack import infra
from kamai_client.cli.app import app
from typer.testing import CliRunner, Result

Run = Callable[..., Result]


@pytest.fixture
def run(parts: infra.Infra, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    for name in [name for name in os.environ if name.startswith("KAMAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAMAI_LOCAL", str(tmp_path_factory.mktemp("nothing")))
    monkeypatch.setenv("KAMAI_BANK_URL", parts.bank.url)
    monkeypatch.setenv("KAMAI_KAFKA_BOOTSTRAP", parts.kafka.bootstrap)
    return lambda *words: CliRunner().invoke(app, list(words))


def accounts_of(parts: infra.Infra) -> dict[str, tuple[str, int]]:
    """Currency and balance by IBAN."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{parts.bank.url}/_mock/accounts", timeout=5) as answer:
        listed = json.load(answer)
    return {each["iban"]: (each["currency"], each["balance"]) for each in listed}


def test_an_account_at_the_development_bank(run: Run, parts: infra.Infra) -> None:
    """Opened under a number of its own or a given one, topped up by the same command, in one currency only."""
    made = json.loads(run("dev", "bank-account", "5000.00 USD", "--holder", "Cedar Studio Ltd", "--json").stdout)
    assert accounts_of(parts)[made["iban"]] == ("USD", 500000)
    again = run("dev", "bank-account", "70.50 USD", "--holder", "Cedar Studio Ltd", "--iban", made["iban"])
    assert again.stdout.strip() == made["iban"]
    assert f"kamai funding register ORG_ID {made['iban']} USD --holder 'Cedar Studio Ltd' --bic " in again.stderr
    assert accounts_of(parts)[made["iban"]] == ("USD", 7050)
    other = run("dev", "bank-account", "1 EUR", "--holder", "X", "--iban", made["iban"])
    assert other.exit_code == 1
    assert "is in USD, not in EUR" in other.stderr


def test_no_development_bank(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said in words, with exit code 3."""
    monkeypatch.setenv("KAMAI_BANK_URL", "http://127.0.0.1:1")
    unreachable = run("dev", "bank-account", "1 EUR", "--holder", "X")
    assert (unreachable.exit_code, "does not answer" in unreachable.stderr) == (3, True)
    monkeypatch.delenv("KAMAI_BANK_URL")
    missing = run("dev", "bank-account", "1 EUR", "--holder", "X")
    assert (missing.exit_code, "make up" in missing.stderr) == (3, True)


async def test_events_of_a_bank(run: Run, parts: infra.Infra) -> None:
    """An unknown bank is told which banks there are; a topic without events says so; events are shown."""
    topic = "kamai.bank.indus.accounts.v1"
    admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    await _shown(run, "--bank", "indsu", code=1, said="no topic kamai.bank.indsu.accounts.v1: banks that have one: indus")
    await _shown(run, code=0, said=f"no events yet on {topic}")
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka.bootstrap) as producer:
        await producer.send_and_wait(topic, b'{"account_id": "account_1"}', key=b"account_1")
    await _shown(run, code=1, said="not signed")


async def _shown(run: Run, *words: str, code: int, said: str) -> None:
    """In a thread: the command has an event loop of its own."""
    result = await asyncio.to_thread(run, "banks", "events", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output
