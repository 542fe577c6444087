"""The catalogue of each migrated database: who sees which rows is said for every table, and the service cannot pass it."""

from __future__ import annotations

import importlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from support.databases import Templates, TestDatabase

SERVICES = ("onboarding", "contracts", "payouts")

# Tables without policies, each with its reason. Nothing in them tells one tenant of another.
OF_EVERY_SERVICE = {
    "schema_migration": "which migrations were applied",
    "idempotent_reply": "found by the caller's own scope and request id, sealed",
    "outbox": "events on their way to Kafka: ids and codes, read by the relay alone",
    "inbox": "ids of events that were handled",
    "inbox_position": "how far each consumer is",
    "failed_event": "events that could not be handled, read by the platform's operators",
    "key_encryption_key": "wrapped keys, opened by the vault alone",
    "data_key": "wrapped keys of subjects, opened by the vault alone",
    "digest_key": "the service's key of digests, sealed",
    "erased_subject": "who has no key any more: held against every sealing",
    "audit_cursor": "where the sealer is",
}
# What a service may do with those of them that are kept for ever, or that only a migration writes.
KEPT = {"schema_migration": [], "digest_key": ["INSERT"], "erased_subject": ["INSERT"]}
OF_ONE: dict[str, dict[str, str]] = {
    "onboarding": {
        "watchlist": "which version of a public list is used",
        "watchlist_version": "versions of public lists",
        "watchlist_entry": "entries of public lists",
    },
    "contracts": {},
    "payouts": {},
}
# Guarded, and asked for by no organisation.
WITHOUT_INDEX = {"bank_message": "files to and from banks are for the platform's people only"}
FORGOTTEN = (
    "CREATE TABLE forgotten (id uuid PRIMARY KEY, organisation_id uuid)",
    "CREATE TABLE forgotten (id int); ALTER TABLE forgotten ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forgotten USING (true)",
    "CREATE TABLE forgotten (id uuid); ALTER TABLE forgotten ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "CREATE VIEW forgotten AS SELECT 1 AS one",
)
_TABLES = r"""
SELECT c.oid, c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, r.rolname AS owner,
    EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
        AND (p.polroles = '{0}' OR ($1 || '_app')::regrole::oid = ANY (p.polroles))) AS has_policy,
    EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = $1 AND p.tablename = c.relname AND p.cmd IN ('ALL', 'SELECT')
        AND p.qual ~ '(^|\W)\(?organisation_id = \( SELECT') AS compares_organisation,
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id') AS of_organisation
FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'm', 'v', 'f') ORDER BY 2
"""
_POLICIES = """
SELECT tablename || '.' || policyname AS name, coalesce(qual, '') || ' ' || coalesce(with_check, '') AS text
FROM pg_policies WHERE schemaname = $1
"""
_LEADING = """
SELECT DISTINCT i.indrelid FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE a.attname = 'organisation_id' AND i.indpred IS NULL
"""
# Functions that act as the owner, who is held by the same policies: what they name must not depend on who calls.
_DEFINERS = """
SELECT proname, coalesce(proconfig, '{}')::text LIKE '%search_path=%' AND proowner = ($1 || '_owner')::regrole AS fixed
FROM pg_proc WHERE pronamespace = $1::regnamespace AND prosecdef
"""
# Columns that must be given.
_COLUMNS = """
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef AND attidentity = ''
"""
_VALUES = {
    "uuid": "01a204ae-7251-723e-bce5-462b5f3782f7", "jsonb": "{}", "boolean": "true", "timestamp with time zone": "now",
    "date": "today",
}  # fmt: skip
_FUNCTION = re.compile(r"\b(acts_for_platform|acting_organisation|acting_contractor|acting_bank|current_setting)\s*\(")


# What tells whose a row is.
_OWNERS = ("organisation_id", "contractor_id", "bank")
# Every command a policy allows, to whom, and what it says of a row that is written.
_COMMANDS = """
SELECT tablename, policyname, cmd, coalesce(qual, '') AS qual, coalesce(with_check, '') AS with_check,
    coalesce(with_check, qual) ~ '^[( ]*SELECT (\\w+\\.)?acts_for_platform[() ]+AS acts_for_platform[) ]*$' AS of_platform
FROM pg_policies WHERE schemaname = $1
"""
_CHANGEABLE = """
SELECT c.relname AS name, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND c.relrowsecurity AND a.attname = ANY ($2::text[])
    AND has_column_privilege($1 || '_app', c.oid, a.attnum, 'UPDATE')
"""
LOOSE = (
    ("CREATE POLICY loose ON {table} USING (true)", "{table}.loose: one policy for all commands"),
    ("CREATE POLICY loose ON {table} FOR INSERT WITH CHECK (true)", "{table}.loose: INSERT without a condition"),
    ("CREATE POLICY loose ON {table} FOR DELETE USING (organisation_id = (SELECT acting_organisation()))",
     "{table}.loose: a tenant deletes"),
    ("GRANT UPDATE ON {table} TO {service}_app", "{table}.organisation_id: a row can change hands"),
)  # fmt: skip


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def migrated(templates: Templates, service: str) -> AsyncIterator[TestDatabase]:
    """As the service runs on it."""
    async with templates.database(service, *importlib.import_module(f"{service}.main").definition().migrations) as made:
        yield made


@pytest.fixture(scope="module")
async def database(templates: Templates, service: str) -> AsyncIterator[TestDatabase]:
    async with migrated(templates, service) as made:
        yield made


async def test_what_is_kept_for_ever(service: str, database: TestDatabase) -> None:
    """The service deletes and rewrites nothing of it; a key's id alone is noted beside the erased."""
    async with connected(database.app_url) as app:
        for table, rights in KEPT.items():
            held = [right for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
                    if await app.fetchval("SELECT has_table_privilege($1, $2)", table, right)]  # fmt: skip
            assert held == rights, table
        columns = await app.fetch("SELECT attname FROM pg_attribute WHERE attrelid = 'erased_subject'::regclass AND attnum > 0"
                                  " AND has_column_privilege(attrelid, attnum, 'UPDATE')")  # fmt: skip
    assert [row["attname"] for row in columns] == ["data_key_id"]


async def unguarded(connection: Any, service: str) -> list[str]:
    """What is wrong with the tables of a schema."""
    technical = OF_EVERY_SERVICE | OF_ONE[service]
    tables = await connection.fetch(_TABLES, service)
    wrong = [f"{name}: is no table" for name in technical.keys() - {table["name"] for table in tables}]
    for table in tables:
        guarded = table["enabled"] and table["forced"] and table["has_policy"]
        if table["owner"] != f"{service}_owner":
            wrong.append(f"{table['name']}: belongs to {table['owner']}")
        if table["name"] in technical and (table["enabled"] or table["has_policy"]):
            wrong.append(f"{table['name']}: is guarded, and excepted as well")
        if table["name"] not in technical and not guarded:
            wrong.append(f"{table['name']}: has no row-level security that holds for the application role")
    return sorted(wrong)


async def guarded(connection: Any, service: str) -> list[Any]:
    return [table for table in await connection.fetch(_TABLES, service) if table["enabled"]]


async def test_every_table_is_guarded_or_excepted(database: TestDatabase, service: str) -> None:
    """Row-level security enabled, forced and with a policy, or in the table above; no exception for a table that is not there."""
    async with connected(database.admin_url) as admin:
        assert await unguarded(admin, service) == []
        assert len(await guarded(admin, service)) > len(OF_ONE[service])


@pytest.mark.parametrize("statement", FORGOTTEN)
async def test_a_forgotten_table_is_found(database: TestDatabase, service: str, statement: str) -> None:
    """The check above can fail: without row-level security, not forced, without a policy, and a view."""
    async with connected(database.owner_url) as owner:
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute(statement)
        assert await unguarded(owner, service) == ["forgotten: has no row-level security that holds for the application role"]
        await transaction.rollback()


async def test_the_application_role_cannot_pass(database: TestDatabase, service: str) -> None:
    """It owns nothing, is no superuser, bypasses nothing, is in no other role, and cannot switch it off."""
    async with connected(database.admin_url) as admin:
        for role in (f"{service}_app", f"{service}_owner"):
            rights = await admin.fetchrow(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = $1", role
            )
            assert rights is not None
            assert not any(rights.values()), role
            memberships = await admin.fetch("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = $1::regrole", role)
            assert memberships == [], role
        owned = await admin.fetch(
            "SELECT classid::regclass, objid FROM pg_shdepend WHERE refobjid = $1::regrole AND deptype = 'o'", f"{service}_app"
        )
        assert owned == []
        names = [table["name"] for table in await guarded(admin, service)]
        definers = await admin.fetch(_DEFINERS, service)
        assert [each["proname"] for each in definers if not each["fixed"]] == []
    async with connected(database.app_url) as app:
        for name in names:
            for act in ("DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await app.execute(f"ALTER TABLE {name} {act}")
        await app.execute("SET row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetchval(f"SELECT count(*) FROM {names[0]}")
        for act in (f"SET ROLE {service}_owner", "SET SESSION AUTHORIZATION postgres", "CREATE TABLE mine (id int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(act)


async def loose(connection: Any, service: str) -> list[str]:
    """Policies and rights by which a tenant could write more than its use cases do."""
    found = []
    for policy in await connection.fetch(_COMMANDS, service):
        name, command = f"{policy['tablename']}.{policy['policyname']}", policy["cmd"]
        if policy["of_platform"]:
            continue
        if command == "ALL":
            found.append(f"{name}: one policy for all commands")
        elif command == "DELETE":
            found.append(f"{name}: a tenant deletes")
        elif command != "SELECT" and not _FUNCTION.search(policy["with_check"]):
            found.append(f"{name}: {command} without a condition")
        elif policy["tablename"] == "transition" and command == "UPDATE":
            found.append(f"{name}: a tenant rewrites steps")
    changeable = await connection.fetch(_CHANGEABLE, service, _OWNERS)
    return sorted([*found, *(f"{each['name']}.{each['column']}: a row can change hands" for each in changeable)])


async def test_who_sees_a_row_does_not_thereby_write_it(database: TestDatabase, service: str) -> None:
    """Each command has a policy of its own; what is written is held against the tenant; no row changes hands, for nobody may
    change the columns that say whose it is; of a step nothing is changed but its reason."""
    async with connected(database.admin_url) as admin:
        await admin.execute(f"SET search_path = {service}")
        assert await loose(admin, service) == []
        rights = "SELECT attname FROM pg_attribute WHERE attrelid = 'transition'::regclass AND attnum > 0"
        steps = await admin.fetch(f"{rights} AND has_column_privilege($1, attrelid, attnum, 'UPDATE')", f"{service}_app")
        assert {each["attname"] for each in steps} <= {"reason"}
        said = "SELECT coalesce(with_check, qual) FROM pg_policies WHERE tablename = 'transition' AND cmd = $1"
        inserts, reads = [await admin.fetchval(said, cmd) for cmd in ("INSERT", "SELECT")]
        assert inserts == reads


@pytest.mark.parametrize(("statement", "said"), LOOSE)
async def test_a_loose_policy_is_found(database: TestDatabase, service: str, statement: str, said: str) -> None:
    """The check above can fail, and then names the table and the policy."""
    table = {"onboarding": "engagement", "contracts": "contract", "payouts": "run"}[service]
    async with connected(database.admin_url) as admin:
        await admin.execute(f"SET search_path = {service}")
        transaction = admin.transaction()
        await transaction.start()
        await admin.execute(statement.format(table=table, service=service))
        assert said.format(table=table) in await loose(admin, service)
        await transaction.rollback()


async def test_policies_ask_once(database: TestDatabase, service: str) -> None:
    """Whom a transaction acts for stands in a subselect, evaluated once for a statement and not for every row."""
    async with connected(database.admin_url) as admin:
        policies = await admin.fetch(_POLICIES, service)
    assert any(_FUNCTION.search(policy["text"]) for policy in policies)
    for policy in policies:
        for call in _FUNCTION.finditer(policy["text"]):
            before = policy["text"][: call.start()].removesuffix(f"{service}.").rstrip()
            assert before.endswith("( SELECT"), f"{policy['name']}: {call[1]} is called for every row"


async def test_rows_of_an_organisation_are_found_by_index(database: TestDatabase, service: str) -> None:
    """A guarded table with organisation_id has an index that leads with it, or with the key of its parent."""
    async with connected(database.admin_url) as admin:
        leading = {row["indrelid"] for row in await admin.fetch(_LEADING)}
        for table in await guarded(admin, service):
            if not table["of_organisation"] or table["oid"] in leading or table["name"] in WITHOUT_INDEX:
                continue
            parent = await admin.fetchval(
                "SELECT count(*) FROM pg_index i JOIN pg_constraint f ON f.conrelid = i.indrelid AND f.contype = 'f'"
                " WHERE i.indrelid = $1 AND i.indkey[0] = f.conkey[1] AND i.indpred IS NULL", table["oid"],
            )  # fmt: skip
            assert parent, f"{table['name']}: no index leads with organisation_id, and none with the key of a parent"


async def test_nobody_sees_a_row(templates: Templates, service: str) -> None:
    """Every guarded table has a row: without a tenant it is not seen, nor with rubbish for one, which is an error where it is
    compared; the platform sees it."""
    async with migrated(templates, service) as database:
        async with connected(database.admin_url) as admin:
            tables = await guarded(admin, service)
            for table in tables:
                await put_a_row(admin, service, table["name"])
        async with connected(database.app_url) as app:
            for table in tables:
                assert await app.fetchval(f"SELECT count(*) FROM {table['name']}") == 0, table["name"]
                for tenant in ("", "nobody", "Platform", "platform ", "bank:", "organisation", "contractor"):
                    assert await seen(app, table["name"], tenant) == 0, (table["name"], tenant)
                for tenant in ("organisation:", "organisation:rubbish", "organisation:platform"):
                    expected = {None} if table["of_organisation"] and table["compares_organisation"] else {None, 0}
                    assert await seen(app, table["name"], tenant) in expected, (table["name"], tenant)
                assert await seen(app, table["name"], "platform"), table["name"]


async def seen(app: Any, table: str, tenant: str) -> int | None:
    """Rows that a transaction for `tenant` sees; None is an error about what it names."""
    try:
        async with app.transaction():
            await app.execute("SELECT set_config('kamai.tenant', $1, true)", tenant)
            return int(await app.fetchval(f"SELECT count(*) FROM {table}"))
    except asyncpg.InvalidTextRepresentationError:
        return None


async def put_a_row(admin: Any, service: str, table: str) -> None:
    """Any row that its columns can hold; what it must mean is of no account here, so its constraints go."""
    await admin.execute("SET session_replication_role = replica")  # no triggers either
    for name in await admin.fetch("SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('c', 'f')",
                                  f"{service}.{table}"):  # fmt: skip
        await admin.execute(f'ALTER TABLE {service}.{table} DROP CONSTRAINT IF EXISTS "{name[0]}"')
    columns = await admin.fetch(_COLUMNS, f"{service}.{table}")
    names = ", ".join(column["name"] for column in columns)
    values = ", ".join(f"'{_VALUES.get(column['type'], '{}' if '[' in column['type'] else '1')}'" for column in columns)
    await admin.execute(f"INSERT INTO {service}.{table} ({names}) VALUES ({values})")
