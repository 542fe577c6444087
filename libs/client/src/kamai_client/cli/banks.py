"""`kamai banks`: files to and from banks, silence, and the events partner banks read."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import time
from pathlib import Path
from typing import Annotated

import typer
from kamai.payouts.v1 import bank_pb2 as pb
from kamai.payouts.v1 import obligation_pb2
from rich.table import Table

from kamai_client import bank_events, money
from kamai_client.audit.roots import UnusableFile
from kamai_client.cli import failures, render, session
from kamai_client.cli.command import command, group
from kamai_client.cli.new_files import new_file
from kamai_client.cli.values import Limit, OptionalId, enum_argument

_CLOCKS_DIFFER_S = 60  # at most: a try that changed longer ago did not change by this call
app = group("banks", "Banks: messages, unknown outcomes, exceptions, events.")

Attempt = Annotated[str, typer.Argument(metavar="ATTEMPT_ID", help="attempt_...")]
Bank = Annotated[str, typer.Option(help="bank connection")]


@command(app, "messages")
def messages(
    run: OptionalId = "", type_prefix: Annotated[str, typer.Option("--type", help="for example camt.054")] = "", limit: Limit = 50
) -> None:
    """Files exchanged with banks, newest first."""
    columns = "id create_time direction type state items message_id error"
    asked = pb.ListBankMessagesRequest(run_id=run, type_prefix=type_prefix)
    session.show_list(lambda kamai: kamai.banks.ListBankMessages, asked, columns, limit)


@command(app, "message")
def message(
    message: Annotated[str, typer.Argument(metavar="BANKMSG_ID", help="bankmsg_...")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="new file for the bytes; without it, print them")] = None,
) -> None:
    """The bytes of one file, as sent or received."""
    asked = pb.GetBankMessageRequest(id=message)
    if out:
        with new_file(out) as file:
            reply = session.call(lambda kamai: kamai.banks.GetBankMessage, asked)
            file.write(reply.content)
        session.show(reply.bank_message)
        return
    reply = session.call(lambda kamai: kamai.banks.GetBankMessage, asked)
    if session.current().json:
        render.print_json(render.as_dict(reply))
    else:
        print(reply.content.decode(errors="replace"))


@command(app, "import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="pain.002, camt.05x or pacs.004")],
    bank: Bank = "counterparty",
) -> None:
    """Take in a file that came another way; the same file twice has no second effect. Exit code 1 if it is unreadable."""
    asked = pb.ImportBankMessageRequest(bank=bank, content=file.read_bytes())
    found = session.call(lambda kamai: kamai.banks.ImportBankMessage, asked).bank_message
    session.show(found)
    if found.state == pb.BANK_MESSAGE_STATE_UNREADABLE:
        raise typer.Exit(failures.REFUSED)


@command(app, "inquire")
def inquire(attempt: Attempt) -> None:
    """Ask the bank what became of a try in state UNKNOWN."""
    before = time.time()
    found = session.call(lambda kamai: kamai.banks.InquireAttempt, pb.InquireAttemptRequest(id=attempt)).attempt
    session.show(found)
    if found.state != obligation_pb2.ATTEMPT_STATE_UNKNOWN and found.update_time.seconds < before - _CLOCKS_DIFFER_S:
        session.hint("nothing was asked: the bank is asked of tries in state UNKNOWN only")


@command(app, "resolve")
def resolve(
    attempt: Attempt,
    resolution: Annotated[int, enum_argument(pb.UnknownResolution, "executed or not-executed")],
    evidence: Annotated[str, typer.Option(help="for example the bank's letter; kept")],
) -> None:
    """Settle what the bank cannot answer: one person proposes, another confirms."""
    asked = pb.ResolveUnknownAttemptRequest(id=attempt, resolution=resolution, evidence=evidence)  # type: ignore[arg-type]
    session.show(session.call(lambda kamai: kamai.banks.ResolveUnknownAttempt, asked).attempt)


@command(app, "exceptions")
def exceptions(limit: Limit = 50) -> None:
    """Bank entries that match nothing or come unexpected, newest first."""
    columns = "id create_time code amount end_to_end_id message"
    asked = pb.ListReconciliationExceptionsRequest()
    session.show_list(lambda kamai: kamai.banks.ListReconciliationExceptions, asked, columns, limit)


@command(app, "events")
def events(
    bank: Annotated[str, typer.Option(help="partner bank")] = "indus",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until Ctrl-C")] = False,
    keys: Annotated[Path | None, typer.Option(help="JWK set to check signatures with; by default the stack's")] = None,
) -> None:
    """A partner bank's events, read from its Kafka topic; exit code 1 if a signature does not hold."""
    target = session.current().target
    if importlib.util.find_spec("aiokafka") is None:
        raise typer.BadParameter("reading events needs aiokafka: pip install 'kamai-client[events]'")
    if not target.bootstrap:
        failures.out_of_reach("no Kafka: start a stack with `make up`, or set KAMAI_KAFKA_BOOTSTRAP")
    beside = Path(target.dev_key).with_name(bank_events.JWKS_NAME) if target.dev_key else None
    all_valid = asyncio.run(_read(target.bootstrap, bank, keys or beside, follow))
    if not all_valid:
        raise typer.Exit(failures.REFUSED)


async def _read(bootstrap: str, bank: str, keys: Path | None, follow: bool) -> bool:
    from aiokafka.errors import KafkaError

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it cannot do is said below, once
    try:
        async with bank_events.open_topic(bootstrap, bank, keys, from_start=True) as topic:
            found = await topic.until_now()
            show_events(found)
            if not found:
                session.current().err.print(f"no events yet on {bank_events.topic_of(bank)}", style="dim", highlight=False)
            valid = all(event.signature == "valid" for event in found)
            if follow:
                async for event in topic.follow():
                    show_events([event])
                    valid = valid and event.signature == "valid"
            return valid
    except UnusableFile as error:
        failures.unusable(str(error))
    except bank_events.NoTopic as error:
        failures.refused("NOT_FOUND", str(error))
    except (KafkaError, OSError) as error:
        failures.out_of_reach(str(error))


def show_events(found: list[bank_events.BankEvent]) -> None:
    """A table, or one JSON object a line."""
    current = session.current()
    if current.json:
        for event in found:
            render.print_json_line(event.as_dict())
        return
    if not found:
        return
    lines = Table.grid(padding=(0, 2))
    for event in found:
        lines.add_row(*(str(part) for part in described(event)))
    current.out.print(lines)


def described(event: bank_events.BankEvent) -> tuple[str, ...]:
    """Moment, kind, account, change, amounts, signature."""
    body = event.body
    kind = str(body.get("type", "?")).removeprefix("kamai.bank.").removesuffix(".v1")
    change = f"{body.get('from_state') or '∅'} → [bold]{body.get('to_state', '?')}[/]"
    style = "green" if event.signature == "valid" else "bold red"
    return (
        str(body.get("occurred_at", ""))[:19], kind, str(body.get("account_id", event.key)), f"#{body.get('sequence', '?')}",
        change, _amounts(body), f"[{style}]{event.signature}[/]",
    )  # fmt: skip


def _amounts(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    parts = []
    for name in ("expected", "credited"):
        value = body.get(name)
        if value:
            parts.append(f"{name} {money.plain(value['amount_minor'], value['currency'])} {value['currency']}")
    return ", ".join(parts)
