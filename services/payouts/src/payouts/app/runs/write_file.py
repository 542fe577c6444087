"""Writes bank files of a run's reserved lines. From this commit on the files' bytes are fixed and nothing stops their lines: they
follow in batches, see `submit_lines`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.app.runs.payment_batch import batches
from payouts.app.runs.prepare_files import Prepared
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.obligations.states import AttemptState
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode


async def write_file(uow: UnitOfWork, run_id: UUID, prepared: Prepared) -> bool:
    """Commits to files that were prepared of just these lines, else they are drawn again. Lines that cannot be sent are held; the
    others go on in the next file. An ATOMIC run has all its files written in this one transaction, or none; once a line
    of it is held, `hold_the_rest` has the others.

    A hit, a suspension or a change of the method after the screening stops a line up to this very commit. So does money that was
    given back between this look at the lines and the file's claim on them: raises Conflict."""
    run, drawn = await uow.runs.lock(run_id), prepared.drawn
    if run.mode is RunMode.ATOMIC and await uow.lines.count(run_id, [AttemptState.HELD]):
        return True
    if tuple(await uow.lines.sealed(run_id, drawn.limit)) != drawn.lines:
        return True
    held = {attempt_id: list(blockers) for attempt_id, blockers in prepared.held.items()}
    for part in batches(drawn.lines):
        for attempt_id, obstacle in await uow.lines.obstacles([line.attempt_id for line in part], uow.now):
            held.setdefault(attempt_id, []).append(obstacle)
    if held:
        concerned = [line.attempt_id for line in drawn.lines] if run.mode is RunMode.ATOMIC else list(held)
        await _hold(uow, run, concerned, held)
    else:
        for file, lines in prepared.files:
            await uow.files.add(file)
            await uow.lines.assign(file.id, [line.attempt_id for line in lines])
    return True


async def _hold(uow: UnitOfWork, run: Run, concerned: Sequence[UUID], held: Mapping[UUID, Sequence[Blocker]]) -> None:
    """Of an ATOMIC run every line is concerned: those without a reason of their own name the first that has one."""
    culprit = (await uow.obligations.attempt(next(iter(held)))).end_to_end_id
    for part in batches(concerned):
        book = await uow.lines.load(part)
        holds = []
        for attempt_id in part:
            reasons = held.get(attempt_id) or [blocker("ATOMIC_RUN", encode("run", run.id), culprit)]
            book.hold(attempt_id, reasons[0].code)
            holds += [(attempt_id, reason) for reason in reasons]
        await uow.lines.add_holds(holds)
        await uow.lines.save(book)
    await uow.ledger.void([encode("attempt", attempt_id) for attempt_id in concerned])
