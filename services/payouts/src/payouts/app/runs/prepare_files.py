"""Makes the files of drawn lines: opens instructions, renders, and says what stops a line. In no transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ports import BankFile, CannotOpenInstruction, InstructionOpener, SealedLine
from payouts.app.runs.payment_batch import TYPE, FileTools, payment_batch, transfer
from payouts.domain.bank_messages import CreditTransfer, InvalidPaymentFile
from payouts.domain.funding import FundingAccount
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.runs.run import Run


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines of a run to be written, at most `max_lines` to a file; `limit`: how many were asked for."""

    run: Run
    account: FundingAccount
    lines: tuple[SealedLine, ...]
    limit: int
    max_lines: int
    file_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files with their lines, or what stops lines from being written."""

    drawn: Drawn
    files: tuple[tuple[BankFile, Sequence[SealedLine]], ...]
    held: Mapping[UUID, Sequence[Blocker]]


def open_lines(
    lines: Sequence[SealedLine], opener: InstructionOpener, currency: str
) -> tuple[list[CreditTransfer], dict[UUID, tuple[str, str]]]:
    """Opened in memory only, for the time of writing."""
    transfers, bad = [], {}
    for line in lines:
        try:
            transfers.append(transfer(line, opener.open(line), currency))
        except CannotOpenInstruction:
            bad[line.attempt_id] = ("INSTRUCTION_SEALED", "")
    return transfers, bad


def problems_of(lines: Sequence[SealedLine], error: InvalidPaymentFile) -> dict[UUID, tuple[str, str]]:
    """By line, the fields that are wrong; a fault of the file's head holds them all."""
    fields: defaultdict[UUID, set[str]] = defaultdict(set)
    for problem in error.problems:
        concerned = lines if problem.transfer_index is None else [lines[problem.transfer_index]]
        for line in concerned:
            fields[line.attempt_id].add(problem.field)
    return {attempt_id: ("INSTRUCTION_INVALID", ", ".join(sorted(found))) for attempt_id, found in fields.items()}


def blockers_of(lines: Sequence[SealedLine], bad: dict[UUID, tuple[str, str]]) -> dict[UUID, list[Blocker]]:
    """Holds of lines by code and detail."""
    contractors = {line.attempt_id: encode("contractor", line.contractor_id) for line in lines}
    return {each: [blocker(code, contractors[each], detail)] for each, (code, detail) in bad.items()}


def prepare(drawn: Drawn, tools: FileTools) -> Prepared:
    """Opens and renders: work for a processor, done in no transaction. Holds instead of files when a line cannot be sent."""
    files: list[tuple[BankFile, Sequence[SealedLine]]] = []
    held: dict[UUID, list[Blocker]] = {}
    for number, file_id in enumerate(drawn.file_ids):
        chunk = drawn.lines[number * drawn.max_lines : (number + 1) * drawn.max_lines]
        transfers, bad = open_lines(chunk, tools.opener, drawn.run.currency)
        if not bad:
            try:
                files.append((_render(drawn, file_id, transfers, tools), chunk))
            except InvalidPaymentFile as error:
                bad = problems_of(chunk, error)
        held |= blockers_of(chunk, bad)
    return Prepared(drawn, tuple(files), held)


def _render(drawn: Drawn, file_id: str, transfers: Sequence[CreditTransfer], tools: FileTools) -> BankFile:
    """Raises InvalidPaymentFile with every problem."""
    run, account, now = drawn.run, drawn.account, drawn.at
    message_id = "K" + file_id.rpartition("_")[2].upper()
    day = tools.calendar.next_business_day(run.currency, max(run.value_date, now.date()))
    written, content = tools.write(payment_batch(message_id, account, transfers, tools.initiating_party, day, now))
    return BankFile(
        raw(file_id), account.bank, "OUT", TYPE, message_id, written.sha256, "PREPARED", written.transfer_count, "",
        run.id, account.id, run.organisation_id, now, None, content,
    )  # fmt: skip
