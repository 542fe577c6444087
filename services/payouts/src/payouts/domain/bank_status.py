"""What a status report (pain.002) says about a payment file, and what it leaves open."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from payouts.domain.failure_codes import is_repeat


class Outcome(StrEnum):
    """What a status code says happened. UNKNOWN decides nothing; REPEATED means that the bank must be asked."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    """The debtor's account has been debited; the creditor may still be without the money."""
    CREDITED = "CREDITED"
    REJECTED = "REJECTED"
    REPEATED = "REPEATED"
    """A second copy was refused: that says nothing about the first one, which may have been executed."""
    UNKNOWN = "UNKNOWN"


# ExternalPaymentGroupStatus1Code and ExternalPaymentTransactionStatus1Code. PART is absent on purpose:
# it decides nothing for a transfer that the report does not name.
_OUTCOME_OF: Final = {
    "RCVD": Outcome.PENDING,
    "PDNG": Outcome.PENDING,
    "ACTC": Outcome.PENDING,
    "PATC": Outcome.PENDING,
    "RCVC": Outcome.PENDING,
    "RVCM": Outcome.PENDING,
    "RVMC": Outcome.PENDING,
    "RVNA": Outcome.PENDING,
    "RVNC": Outcome.PENDING,
    "RVNM": Outcome.PENDING,
    "ACCP": Outcome.ACCEPTED,
    "ACFC": Outcome.ACCEPTED,
    "ACFW": Outcome.ACCEPTED,
    "ACPD": Outcome.ACCEPTED,
    "ACSP": Outcome.ACCEPTED,
    "ACWC": Outcome.ACCEPTED,
    "ACWP": Outcome.ACCEPTED,
    "ACSC": Outcome.SETTLED,
    "ACCC": Outcome.CREDITED,
    "RJCT": Outcome.REJECTED,
}


def outcome_of(status: str | None) -> Outcome:
    """The outcome a status code states; a code not known here decides nothing."""
    return _OUTCOME_OF.get(status or "", Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report says about one transfer, and in the bank's own codes why. `whole`: its reason was given for all the file or
    batch, not for this transfer."""

    outcome: Outcome
    status: str | None = None
    reason_code: str | None = None
    text: str = ""
    whole: bool = False

    @property
    def refuses_a_repeat(self) -> bool:
        return self.outcome is Outcome.REJECTED and is_repeat(self.reason_code)


@dataclass(frozen=True, slots=True)
class StatusItem:
    """One transfer a status report names (`TxInfAndSts`); `end_to_end_id` None when not given."""

    end_to_end_id: str | None
    instruction_id: str | None
    status: str | None
    reason_code: str | None = None
    text: str = ""

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.status)


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """The status of one batch of the original file (`OrgnlPmtInfAndSts`)."""

    payment_information_id: str | None
    status: str | None
    reason_code: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A pain.002: the file's status, its batches', and the transfers it names."""

    message_id: str
    original_message_id: str
    group_status: str | None
    reason_code: str | None = None
    text: str = ""
    batches: tuple[BatchStatus, ...] = ()
    items: tuple[StatusItem, ...] = ()

    @property
    def refuses_a_repeat(self) -> bool:
        """True when the bank refused a second copy of a file, wherever it gives the reason (linear in items)."""
        return self._wholly_repeated or (self.group_status == "RJCT" and any(is_repeat(item.reason_code) for item in self.items))

    @property
    def _wholly_repeated(self) -> bool:
        batches = any(is_repeat(each.reason_code) and "RJCT" in (self.group_status, each.status) for each in self.batches)
        return batches or (self.group_status == "RJCT" and is_repeat(self.reason_code))

    @property
    def verdict_for_unnamed(self) -> Verdict:
        """The verdict for the file's transfers that no item names (linear in items).

        A rejected or wholly accepted file or batch speaks for all of them. PART, no status at all,
        or a refused repeat does not.
        """
        stated = self._spoken_for_all
        return replace(stated, outcome=Outcome.REPEATED) if self.refuses_a_repeat else stated

    @property
    def _spoken_for_all(self) -> Verdict:
        stated = Verdict(outcome_of(self.group_status), self.group_status, self.reason_code, self.text, whole=True)
        if stated.outcome is Outcome.REJECTED:
            return stated
        for batch in self.batches:
            if batch.payment_information_id == self.original_message_id and batch.status:
                return Verdict(outcome_of(batch.status), batch.status, batch.reason_code, batch.text, whole=True)
        return stated

    def verdict_of(self, item: StatusItem) -> Verdict:
        """The verdict for a transfer the report names.

        A rejected file rejects all of it; an item that claims otherwise contradicts its own report and is
        left UNKNOWN. What was refused as a repeat, alone or with its file, is REPEATED.
        """
        said = self._said_of(item)
        repeated = said.refuses_a_repeat or self._wholly_repeated
        return replace(said, outcome=Outcome.REPEATED) if repeated else said

    def _said_of(self, item: StatusItem) -> Verdict:
        if self.group_status != "RJCT":
            own = Verdict(item.outcome, item.status, item.reason_code, item.text)
            return own if item.status else self._spoken_for_all
        if item.status not in (None, "RJCT"):
            return Verdict(Outcome.UNKNOWN, item.status, item.reason_code, item.text)
        reason = item.reason_code or self.reason_code
        return Verdict(Outcome.REJECTED, "RJCT", reason, item.text or self.text, whole=not item.reason_code)

    def verdict_for(self, end_to_end_id: str) -> Verdict:
        """The verdict for one transfer of the file, named by the report or not (linear in items)."""
        found = [item for item in self.items if item.end_to_end_id == end_to_end_id]
        verdicts = {self.verdict_of(item) for item in found}
        if len(verdicts) > 1:
            return Verdict(Outcome.UNKNOWN, text="the report contradicts itself about this transfer")
        return verdicts.pop() if verdicts else self.verdict_for_unnamed
