"""`kamai audit` in a process of its own, against a real gRPC server and a real broker."""

from __future__ import annotations

import json
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from chassis.audit import topic
from chassis.audit.keys import SigningKey
from chassis.audit.roots import Roots
from chassis.audit.sealing import Sealer
from chassis.db.pool import Connection
from chassis.events.relay import Relay
from integration.audit.serving import kamai, serving
from integration.audit.trail import ACME, BYTE, Trail, entry, new_key
from support.probe import things
from support.running import running
from support.wait import until

SERVICE = "payouts"  # one the command knows


async def sealed(trail: Trail, count: int = 30) -> Sealer:
    """Entries of two tenants, chained and signed for SERVICE."""
    await trail.write(*(entry(number, tenant) for number in range(1, count + 1) for tenant in (ACME, BYTE)))
    roots = Roots(trail.database, SERVICE, trail.clock, SigningKey(trail.key_file, trail.jwks_file), trail.roots_file)
    sealer = Sealer(trail.database, roots)
    await sealer.run()
    return sealer


async def test_verify_export_and_list(trail: Trail, intruder: Connection, tmp_path: Path) -> None:
    """A whole trail ends with 0, live and from an export; an edited one with 1 and a sentence, and the old export still holds."""
    await sealed(trail)
    export = tmp_path / "export.jsonl"
    offline = ("audit", "verify", "--from", export, "--roots", trail.roots_file, "--keys", trail.jwks_file)
    async with serving(trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any"}
        live = ("audit", "verify", "--service", SERVICE, "--roots", trail.roots_file, "--keys", trail.jwks_file)
        whole = await kamai(*live, **at)
        assert (whole.code, "whole" in whole.out) == (0, True), whole
        assert (await kamai("audit", "export", export, "--service", SERVICE, **at)).code == 0
        listed = await kamai("audit", "list", "--service", SERVICE, "--actor", "person-1", "-n", "2", "--json", **at)
        assert [each["organisation_id"] for each in json.loads(listed.out)] == [BYTE, ACME]
        await intruder.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 13")
        broken = await kamai(*live, **at)
        assert broken.code == 1
        assert f"EDITED payouts, chain of {ACME}: entry 7 (number 13) was edited" in broken.err
    assert (await kamai(*offline)).code == 0
    lines = export.read_text().splitlines(keepends=True)
    export.write_text("".join(line.replace("person-1", "person-2") if '"id": 20,' in line else line for line in lines))
    changed = await kamai(*offline)
    assert (changed.code, f"chain of {BYTE}: entry 10 (number 20) was edited" in changed.err) == (1, True)


async def test_without_keys(tmp_path: Path) -> None:
    """Nothing is taken for whole without public keys."""
    ran = await kamai("audit", "verify", "--service", SERVICE, KAMAI_PAYOUTS_ADDR="127.0.0.1:1", KAMAI_TOKEN="any")
    assert (ran.code, "NO_KEYS" in ran.err, "proves nothing" in ran.err) == (2, True, True)


async def test_without_a_stack() -> None:
    """That there is nobody to ask comes before what else is missing."""
    ran = await kamai("audit", "verify")
    assert (ran.code, "no stack is up" in ran.err) == (3, True), ran


async def test_the_topic(trail: Trail, intruder: Connection, kafka: str) -> None:
    """The topic is compacted; roots come to it by the outbox, and convict when the database was cut off with its roots."""
    options = things.options(kafka)
    await topic.create(options, SERVICE, 1)
    assert not await topic.create(options, SERVICE, 1)
    assert await _cleanup_policy(kafka) == "compact"
    await sealed(trail)
    async with running(Relay(trail.where.app_url, "probe", options, "/test")):

        async def sent() -> bool:
            return not await intruder.fetchval("SELECT EXISTS (SELECT FROM outbox)")

        await until(sent)
    arguments = ("audit", "verify", "--service", SERVICE, "--topic", "--keys", trail.jwks_file)
    async with serving(trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any", "KAMAI_KAFKA_BOOTSTRAP": kafka}
        whole = await kamai(*arguments, **at)
        assert whole.code == 0, whole
        await intruder.execute("DELETE FROM audit_seal WHERE sequence > 25; DELETE FROM audit_root")
        await intruder.execute("DELETE FROM audit_entry WHERE id > 50")
        cut = await kamai(*arguments, **at)
        assert cut.code == 1
        assert f"chain of {ACME}: cut off at the end: entries 26 to 30 are missing" in cut.err


async def _cleanup_policy(kafka: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (reply,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name(SERVICE))])
        return next(str(config[1]) for config in reply.resources[0][4] if config[0] == "cleanup.policy")
    finally:
        await admin.close()


async def test_a_new_key(trail: Trail) -> None:
    """A key that is exchanged signs from then on; what the old one signed still holds."""
    sealer = await sealed(trail)
    old = trail.key_file.read_bytes()
    new_key(trail.key_file)
    assert trail.key_file.read_bytes() != old
    await trail.write(entry(99))
    trail.clock.at = trail.clock.at.replace(hour=23)
    await sealer.run()
    keys = {json.loads(line)["key_id"] for line in trail.roots_file.read_text().splitlines()}
    assert keys == {key["kid"] for key in json.loads(trail.jwks_file.read_text())["keys"]}
    assert len(keys) == 2
    async with serving(trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any"}
        ran = await kamai("audit", "verify", "-s", SERVICE, "--roots", trail.roots_file, "--keys", trail.jwks_file, **at)
        assert ran.code == 0, ran


async def test_a_torn_line(trail: Trail) -> None:
    """Half a line that a crash left in the file of roots is cut off and written again; the rest stays as it is."""
    sealer = await sealed(trail)
    whole = trail.roots_file.read_bytes()
    for cut in (1, 40, len(whole.splitlines(keepends=True)[-1]) - 1):
        trail.roots_file.write_bytes(whole[:-cut])
        await sealer.run()
        assert trail.roots_file.read_bytes() == whole
